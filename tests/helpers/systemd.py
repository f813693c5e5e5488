"""systemd SOCKET FOLDER GREETING ANSWER: plays a systemd that behaves as GREETING and ANSWER say, or a bus with one on it.

The methods that are called go to FOLDER/calls, one a line, and the process that a scope was to be made around to FOLDER/pid.  A
scope is never made."""
import os, socket, struct, sys

path, folder, greeting, answer = sys.argv[1:]
OBJECT, JOB = "/org/freedesktop/systemd1", "/org/freedesktop/systemd1/job/7"
MANAGER = "org.freedesktop.systemd1.Manager"
SYSTEMD, STRANGER = ":1.1", ":1.66"
REPLY, ERROR, SIGNAL = 2, 3, 4

# --- Messages: the D-Bus specification, "Message Format" ----------------------------------------------------------


def pad(out, size):
    out += bytes(-len(out) % size)


def put(out, kind, value):
    if kind == "v":
        put(out, "g", value[0])
        put(out, *value)
    elif kind == "g":
        out += struct.pack("B", len(value)) + value.encode() + b"\0"
    else:
        pad(out, 4)
        out += struct.pack("<I", value if kind == "u" else len(value))
        out += b"" if kind == "u" else value.encode() + b"\0"


def message(kind, fields, signature="", *values, sender=SYSTEMD):
    header, body = bytearray(), bytearray()
    for value in zip(signature, values):
        put(body, *value)
    fields = {**fields, 7: ("s", sender)}
    if signature:
        fields[8] = ("g", signature)
    for number, value in fields.items():
        pad(header, 8)
        header.append(number)
        put(header, "v", value)
    size = len(header)
    pad(header, 8)
    return struct.pack("<cBBBIII", b"l", kind, 0, 1, len(body), 1, size) + header + body


def reply(call, signature="", *values):
    return message(REPLY, {5: ("u", call)}, signature, *values)


def refusal(call, signature="", *values, name={4: ("s", "org.example.No")}):
    return message(ERROR, {5: ("u", call), **name}, signature, *values)


def ended(result, interface=MANAGER, sender=SYSTEMD, **more):
    place = {1: ("o", OBJECT), 2: ("s", interface), 3: ("s", "JobRemoved"), **more.get("fields", {})}
    return message(SIGNAL, place, "uoss", 7, JOB, "x.scope", result, sender=sender)


def with_size(data, at, size):
    return data[:at] + struct.pack("<I", size) + data[at + 4 :]


# --- How it behaves -----------------------------------------------------------------------------------------------

GREETINGS = {
    "well": b"DATA\r\nOK 00\r\n",
    "closing": b"",
    "closing within a line": b"DATA\r\nOK",
    "refusing": b"REJECTED EXTERNAL\r\n",
    "talking nonsense": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "never ending a line": b"DATA" * 10000,
}


def job(call):
    return reply(call, "o", JOB)


def done(call):
    return job(call) + ended("done")


DEEP = ("u", 5)
for _ in range(50):
    DEEP = ("v", DEEP)

# What is sent for a call.
ANSWERS = {
    "well": done,
    "byte by byte": done,
    "telling the end first": lambda call: ended("done") + job(call),
    "failing": lambda call: job(call) + ended("failed"),
    # What is not the answer, nor the end
    "answering others before": lambda call: reply(call + 1, "o", "/other") + done(call),
    "with a signal for an answer before": lambda call: ended("failed", "org.example", fields={5: ("u", call)}) + done(call),
    "with others' ends before": lambda call: job(call) + ended("failed", "org.example.Manager") + ended("done"),
    "with a stranger's end before": lambda call: job(call) + ended("failed", sender=STRANGER) + ended("done"),
    "with many signals before": lambda call: ended("skipped", "org.example") * 20000 + done(call),
    "with signals without an end": lambda call: ended("skipped" * 100000, "org.example") * 100,
    # What is no success
    "refusing": lambda call: refusal(call, "s", "there are too many"),
    "refusing without a text": refusal,
    "refusing with a number": lambda call: refusal(call, "u", 5),
    "refusing without a word": lambda call: refusal(call, name={}),
    "returning nothing": reply,
    "returning a text": lambda call: reply(call, "s", JOB),
    "returning no path": lambda call: reply(call, "o", "job"),
    # What is no message
    "closing": lambda call: b"",
    "closing within a message": lambda call: job(call)[:-1],
    "closing before the end": job,
    "talking nonsense": lambda call: b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "in another byte order": lambda call: b"B" + job(call)[1:],
    "with a body of 4 GiB": lambda call: with_size(job(call), 4, 0xFFFFFFFF),
    "with a header of 4 GiB": lambda call: with_size(job(call), 12, 0xFFFFFFFF),
    "with a header that is too short": lambda call: with_size(job(call), 12, 20),
    "with a text that is too long": lambda call: with_size(job(call), len(job(call)) - len(JOB) - 5, 0xFFFFFFFF),
    "with more than it says": lambda call: with_size(job(call), 4, 5 + len(JOB) + 1) + b"\0",
    "with variants in variants": lambda call: reply(call, "v", DEEP),
}

# --- Serving ------------------------------------------------------------------------------------------------------


def read(connection):
    """A message; nothing, if there are no more."""
    start = connection.recv(16, socket.MSG_WAITALL)
    if len(start) < 16:
        return b""
    body, _, header = struct.unpack_from("<III", start, 4)
    return start + connection.recv((header + 7) // 8 * 8 + body, socket.MSG_WAITALL)


def text_of(call, field):
    at = call.index(bytes([field]) + b"\1s\0") + 8
    return call[at : call.index(b"\0", at)].decode()


def note(file, text):
    with open(folder + "/" + file, "a") as out:
        out.write(text + "\n")


def answer_to(call):
    serial, method = struct.unpack_from("<I", call, 8)[0], text_of(call, 3)
    note("calls", method)
    if method == "StartTransientUnit":
        at = call.index(b"\2au\0", call.index(b"PIDs\0")) + 4
        at += -at % 4 + 4
        note("pid", str(struct.unpack_from("<I", call, at)[0]))
        return ANSWERS[answer](serial)
    if method in ("Hello", "AddMatch", "Subscribe"):
        return reply(serial)
    if method == "Get":
        return reply(serial, "v", ("s", "257"))
    return done(serial)


def send(connection, data, piece):
    for at in range(0, len(data), piece):
        connection.sendall(data[at : at + piece])


def serve(connection, piece):
    connection.recv(len(b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"), socket.MSG_WAITALL)
    send(connection, GREETINGS[greeting], piece)
    while greeting == "well":
        call = read(connection)
        if not call:
            return
        send(connection, answer_to(call), piece)
        if answer.startswith("closing"):
            return


server = socket.socket(socket.AF_UNIX)
server.bind(path + "~")
server.listen()
os.rename(path + "~", path)  # who sees it can connect
while True:
    with server.accept()[0] as connection:
        try:
            serve(connection, 1 if answer == "byte by byte" else 1 << 20)
        except OSError:  # the other side is gone
            pass
