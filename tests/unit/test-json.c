/* Strict JSON: what is refused and where it says so, and the cursors' typed reading. */
#include "base/error.h"
#include "base/json.h"

/* Loads @text and returns the error's message (owned by the caller), or NULL. */
static char *
load_error (const char *text, gsize length)
{
  g_autoptr (json_object) value = NULL;
  g_autoptr (GError) error = NULL;

  if (json_load (text, length, &value, &error))
    return NULL;
  g_assert_null (value);
  g_assert_error (error, SNUG_ERROR, SNUG_ERROR_USAGE);
  return g_strdup (error->message);
}

static void
test_refused (void)
{
  static const struct
  {
    const char *text, *message;
  } rows[] = {
    { "", "line 1, column 1: expected a value, found the end" },
    { " \n\t", "line 2, column 2: expected a value, found the end" },
    { "{", "line 1, column 2: expected a member name in double quotes, found the end" },
    { "[1,]", "line 1, column 4: expected a value, found ']'" },
    { "{\"a\":1,}", "line 1, column 8: expected a member name in double quotes, found '}'" },
    { "{\"a\" 1}", "line 1, column 6: expected ':' behind a member name, found '1'" },
    { "{\"a\":1 \"b\":2}", "line 1, column 8: expected ',' or '}', found '\"'" },
    { "[1 2]", "line 1, column 4: expected ',' or ']', found '2'" },
    { "{'a':1}", "line 1, column 2: expected a member name in double quotes, found '''" },
    { "[1]]", "line 1, column 4: expected the end of the document, found ']'" },
    { "{}\n{}", "line 2, column 1: expected the end of the document, found '{'" },
    { "nulll", "line 1, column 5: expected the end of the document, found 'l'" },
    { "NaN", "line 1, column 1: expected a value, found 'N'" },
    { "Infinity", "line 1, column 1: expected a value, found 'I'" },
    { "True", "line 1, column 1: expected a value, found 'T'" },
    { "/* */ 1", "line 1, column 1: expected a value, found '/'" },
    { "+1", "line 1, column 1: expected a value, found '+'" },
    { "01", "line 1, column 2: expected the end of the document, found '1'" },
    { "-", "line 1, column 2: expected a digit, found the end" },
    { "1.", "line 1, column 3: expected a digit, found the end" },
    { ".5", "line 1, column 1: expected a value, found '.'" },
    { "1e", "line 1, column 3: expected a digit, found the end" },
    { "0x10", "line 1, column 2: expected the end of the document, found 'x'" },
    { "[18446744073709551616]", "line 1, column 2: the number is out of range" },
    { "[-9223372036854775809]", "line 1, column 2: the number is out of range" },
    { "[\"abc", "line 1, column 2: the string does not end" },
    { "\"\\x41\"", "line 1, column 3: expected one of \"\\/bfnrtu behind a backslash, found 'x'" },
    { "\"\\u12g4\"", "line 1, column 6: expected four hexadecimal digits, found 'g'" },
    { "\"a\\u0000b\"", "line 1, column 3: a string can't hold NUL (\\u0000)" },
    { "{\"a\\u0000b\":1}", "line 1, column 4: a string can't hold NUL (\\u0000)" },
    { "\"\\ud800\"", "line 1, column 2: half of a surrogate pair" },
    { "\"\\ud800\\n\"", "line 1, column 2: half of a surrogate pair" },
    { "\"\\ud800\\ud801\"", "line 1, column 2: half of a surrogate pair" },
    { "\"\\udc00\"", "line 1, column 2: half of a surrogate pair" },
    { "\"a\nb\"", "line 1, column 3: a control character in a string must be escaped" },
    { "[\x01]", "line 1, column 2: expected a value, found the character U+0001" },
    { "\xef\xbb\xbf{}", "line 1, column 1: expected a value, found the character U+FEFF" },
    { "\"\xff\"", "line 1, column 2: not valid UTF-8" },
    { "\"\xc3\"", "line 1, column 2: not valid UTF-8" },
    { "\"\xed\xa0\x80\"", "line 1, column 2: not valid UTF-8" },
    { "\"\xc0\x80\"", "line 1, column 2: not valid UTF-8" },
    { "{\"a\":1,\n \"a\":2}", "line 2, column 2: the member \"a\" is there twice" },
    { "{\"a\":1,\"\\u0061\":2}", "line 1, column 8: the member \"a\" is there twice" },
    { "{\"\xc3\xa9\":1,\"\\u00e9\":2}", "line 1, column 8: the member \"\\303\\251\" is there twice" },
    { "{\"/\":1,\"\\/\":2}", "line 1, column 8: the member \"/\" is there twice" },
    { "[{\"a\":{\"b\":1,\"b\":1}}]", "line 1, column 14: the member \"b\" is there twice" },
    { "{\"\":1,\"\":2}", "line 1, column 7: the member \"\" is there twice" },
    { "{\"\xc3\xa9\xc3\xa9\": x}", "line 1, column 8: expected a value, found 'x'" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *message = load_error (rows[i].text, strlen (rows[i].text));
      g_assert_cmpstr (message, ==, rows[i].message);
    }
}

static void
test_nul (void)
{
  g_autofree char *inside = load_error ("[1,\n \0 2]", 9), *behind = load_error ("[1]", 4);
  g_assert_cmpstr (inside, ==, "line 2, column 2: a NUL byte");
  g_assert_cmpstr (behind, ==, "line 1, column 4: a NUL byte");
}

static void
test_length (void)
{
  gsize length = JSON_MAX_LENGTH + 1;
  g_autofree char *text = g_strnfill (length, ' ');
  text[0] = '1';
  g_autofree char *larger = load_error (text, length);
  g_assert_cmpstr (larger, ==, "larger than 16 MiB");
  g_assert_null (load_error (text, length - 1));
}

static void
test_depth (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (int i = 0; i < JSON_MAX_DEPTH; i++)
    g_string_append (text, i % 2 ? "{\"a\":" : "[");
  g_string_append_c (text, '1');
  for (int i = JSON_MAX_DEPTH; i-- > 0;)
    g_string_append_c (text, i % 2 ? '}' : ']');
  g_assert_null (load_error (text->str, text->len));

  g_string_prepend_c (text, '[');
  g_string_append_c (text, ']');
  g_autofree char *message = load_error (text->str, text->len);
  g_assert_true (g_str_has_suffix (message, ": more than 64 arrays and objects within each other"));
  g_assert_true (g_str_has_prefix (message, "line 1, column "));
}

static void
test_accepted (void)
{
  static const struct
  {
    const char *text, *as_read;
  } rows[] = {
    { "null", NULL },
    { " 0 ", "0" },
    { "-0", "0" },
    { "18446744073709551615", "18446744073709551615" },
    { "-9223372036854775808", "-9223372036854775808" },
    { "1.5", "1.5" },
    { "1E+2", "1E+2" },
    { "[1.0e-5,10]", "[1.0e-5,10]" },
    { "true", "true" },
    { "\"\\ud83d\\ude00 \\u00e9\"", "\"\xf0\x9f\x98\x80 \xc3\xa9\"" },
    { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\x7f\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\x7f\"" },
    { "\r\n{ \"a\" : { \"a\" : [ { \"a\" : null } ] } } ", "{\"a\":{\"a\":[{\"a\":null}]}}" },
    { "[{\"a\":1},{\"a\":1}]", "[{\"a\":1},{\"a\":1}]" },
    { "{}", "{}" },
    { "[ ]", "[]" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (json_object) value = NULL;
      g_autoptr (GError) error = NULL;
      /* a copy of exact size, so that reading behind it is found */
      gsize length = strlen (rows[i].text);
      g_autofree char *copy = g_malloc (length);
      memcpy (copy, rows[i].text, length);
      g_assert_true (json_load (copy, length, &value, &error));
      g_assert_no_error (error);
      const int plain = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
      g_assert_cmpstr (value ? json_object_to_json_string_ext (value, plain) : NULL, ==, rows[i].as_read);
    }
}

static json_object *
load (const char *text)
{
  json_object *value = NULL;
  g_autoptr (GError) error = NULL;
  json_load (text, strlen (text), &value, &error);
  g_assert_no_error (error);
  return value;
}

static void
test_paths (void)
{
  g_autoptr (json_object) document = load ("{\"a/b~c\":[0,{\"x\":1}]}");
  JsonCursor top = json_top (document), list = json_member (&top, "a/b~c"), second = json_element (&list, 1),
             x = json_member (&second, "x"), missing = json_member (&x, "no\nwhere"),
             beyond = json_element (&list, 2), no_list = json_element (&x, 0);
  g_autofree char *top_path = json_path (&top), *x_path = json_path (&x), *missing_path = json_path (&missing);

  g_assert_cmpstr (top_path, ==, "/");
  g_assert_cmpstr (x_path, ==, "/a~1b~0c/1/x");
  g_assert_cmpstr (missing_path, ==, "/a~1b~0c/1/x/no\nwhere");

  g_autoptr (GError) error = NULL;
  g_assert_false (json_fail (&missing, &error, "\"%s\"", "\x1b[31m\xc2\x9b\xc3\xa9"));
  g_assert_cmpstr (error->message, ==, "/a~1b~0c/1/x/no\\x0awhere: \"\\x1b[31m\\x9b\xc3\xa9\"");
  g_assert_nonnull (x.value);
  g_assert_null (missing.value);
  g_assert_null (beyond.value);
  g_assert_null (no_list.value);
  g_assert_cmpuint (json_length (&list), ==, 2);
  g_assert_cmpuint (json_length (&top), ==, 0);
}

typedef struct
{
  const char *text;
  gboolean yes;
  guint64 number, small;
  gint64 below;
  JsonCursor list, object;
} Bound;

static const JsonField fields[] = {
  { "text", JSON_STRING, offsetof (Bound, text), TRUE, 0 },
  { "yes", JSON_BOOLEAN, offsetof (Bound, yes), FALSE, 0 },
  { "number", JSON_UINT, offsetof (Bound, number), FALSE, 0 },
  { "small", JSON_UINT, offsetof (Bound, small), FALSE, 7 },
  { "below", JSON_INT, offsetof (Bound, below), FALSE, 0 },
  { "list", JSON_ARRAY, offsetof (Bound, list), FALSE, 0 },
  { "object", JSON_OBJECT, offsetof (Bound, object), FALSE, 0 },
};

static void
test_bind (void)
{
  g_autoptr (json_object) document = load ("{\"text\":\"a\",\"yes\":true,\"number\":18446744073709551615,"
                                           "\"below\":-3,\"list\":[1],\"object\":null}");
  Bound bound = { .small = 5 };
  g_autoptr (GError) error = NULL;
  JsonCursor top = json_top (document);

  g_assert_true (json_bind (&top, fields, G_N_ELEMENTS (fields), TRUE, &bound, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (bound.text, ==, "a");
  g_assert_true (bound.yes);
  g_assert_cmpuint (bound.number, ==, G_MAXUINT64);
  g_assert_cmpuint (bound.small, ==, 5);
  g_assert_cmpint (bound.below, ==, -3);
  g_assert_cmpuint (json_length (&bound.list), ==, 1);
  g_assert_null (bound.object.value);
}

static void
test_bind_refused (void)
{
  static const struct
  {
    const char *text, *message;
  } rows[] = {
    { "null", "/: is missing" },
    { "[]", "/: expected an object, found an array" },
    { "{}", "/text: is missing" },
    { "{\"text\":null}", "/text: is missing" },
    { "{\"text\":5}", "/text: expected a string, found a number" },
    { "{\"text\":\"\",\"yes\":\"true\"}", "/yes: expected true or false, found a string" },
    { "{\"text\":\"\",\"number\":-1}", "/number: expected a number from 0 to 18446744073709551615, found -1" },
    { "{\"text\":\"\",\"number\":1.0}",
      "/number: expected an integer, found a number with a fraction or an exponent" },
    { "{\"text\":\"\",\"small\":8}", "/small: expected a number from 0 to 7, found 8" },
    { "{\"text\":\"\",\"below\":9223372036854775808}", "/below: 9223372036854775808 is too large" },
    { "{\"text\":\"\",\"below\":{}}", "/below: expected an integer, found an object" },
    { "{\"text\":\"\",\"list\":{}}", "/list: expected an array, found an object" },
    { "{\"text\":\"\",\"object\":false}", "/object: expected an object, found true or false" },
    { "{\"text\":\"\",\"other\":null}", "/other: is not known" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (json_object) document = load (rows[i].text);
      g_autoptr (GError) error = NULL;
      Bound bound = { 0 };
      JsonCursor top = json_top (document);
      g_assert_false (json_bind (&top, fields, G_N_ELEMENTS (fields), TRUE, &bound, &error));
      g_assert_error (error, SNUG_ERROR, SNUG_ERROR_USAGE);
      g_assert_cmpstr (error->message, ==, rows[i].message);
    }

  g_autoptr (json_object) document = load ("{\"text\":\"\",\"other\":1}");
  Bound bound = { 0 };
  JsonCursor top = json_top (document);
  g_assert_true (json_bind (&top, fields, G_N_ELEMENTS (fields), FALSE, &bound, NULL));
}

/* Where "a" in "b" of a text seems to be. */
static const struct
{
  const char *text, *found;
} located[] = {
  { "{\"b\":{\"a\":1}}", "1" },
  { " {\n \"x\" : [1,{\"b\":2}, \"]\\\"}\"] , \"b\" : { \"y\":null, \"a\" : {\"c\":[\"}\"]} , \"z\":0 } }",
    "{\"c\":[\"}\"]}" },
  { "{\"b\":{\"a\":\"text, }\"}}", "\"text, }\"" },
  { "{\"b\":{\"a\":true\n}}", "true" },
  { "{\"b\":{\"a\":[1", "[1" },
  { "{\"b\":{\"\\u0061\":1}}", NULL },
  { "{\"a\":{\"b\":1}}", NULL },
  { "{\"bb\":{\"a\":1},\"\":{\"a\":2}}", NULL },
  { "{\"b\":[\"a\",1]}", NULL },
  { "{\"b\"", NULL },
  { "{\"b\":", NULL },
  { "{\"b\\", NULL },
  { "{", NULL },
  { "", NULL },
  { "[]", NULL },
};

static void
test_locate (void)
{
  static const char *const names[] = { "b", "a", NULL };
  for (gsize i = 0; i < G_N_ELEMENTS (located); i++)
    {
      gsize start, size, length = strlen (located[i].text);
      g_autofree char *text =
          g_memdup2 (located[i].text, MAX (length, 1)); /* without a NUL, for the sanitizer */
      gboolean found = json_locate (text, length, names, &start, &size);
      g_autofree char *value = found ? g_strndup (text + start, size) : NULL;
      g_test_message ("%s", located[i].text);
      g_assert_cmpstr (value, ==, located[i].found);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/refused", test_refused);
  g_test_add_func ("/json/locate", test_locate);
  g_test_add_func ("/json/nul", test_nul);
  g_test_add_func ("/json/length", test_length);
  g_test_add_func ("/json/depth", test_depth);
  g_test_add_func ("/json/accepted", test_accepted);
  g_test_add_func ("/json/paths", test_paths);
  g_test_add_func ("/json/bind", test_bind);
  g_test_add_func ("/json/bind-refused", test_bind_refused);
  return g_test_run ();
}
