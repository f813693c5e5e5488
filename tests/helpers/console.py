"""console SOCKET FOLDER: takes one terminal from an OCI runtime, as engines do behind --console-socket.  The name that came
with it goes to FOLDER/name and its size to FOLDER/size; what appears on it goes to FOLDER/screen, and what is written to the
fifo FOLDER/keys is typed."""
import array, fcntl, os, socket, struct, sys, termios, threading

path, folder = sys.argv[1:]
server = socket.socket(socket.AF_UNIX)
server.bind(path + "~")
server.listen()
os.rename(path + "~", path)  # who sees it can connect
name, ancillary, _, _ = server.accept()[0].recvmsg(4096, 4096)
master = array.array("i", ancillary[0][2])[0]
rows, columns = struct.unpack("HHHH", fcntl.ioctl(master, termios.TIOCGWINSZ, bytes(8)))[:2]


def write(file, text):
    with open("%s/%s~" % (folder, file), "w") as out:
        out.write(text)
    os.rename("%s/%s~" % (folder, file), "%s/%s" % (folder, file))


def type_keys():
    while True:
        with open(folder + "/keys", "rb", 0) as keys:
            for text in iter(lambda: keys.read(100), b""):
                os.write(master, text)


write("size", "%d %d\n" % (rows, columns))
write("name", name.decode() + "\n")
threading.Thread(target=type_keys, daemon=True).start()
with open(folder + "/screen", "wb", 0) as screen:
    while True:
        try:
            screen.write(os.read(master, 65536))
        except OSError:  # nobody has the other side any more
            break
