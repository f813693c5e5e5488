"""seccomp-agent SOCKET FOLDER ANSWER: plays the agent of seccomp filters that ask.

Each connection's state document goes to FOLDER/1, FOLDER/2 …, and the number of descriptors that came with it to FOLDER/1.fds …;
the descriptors of later messages are counted in FOLDER/1.more.  What the filter asks is answered with ANSWER: "continue", the
errno that the system call shall fail with, or "silence".  The numbers of the calls asked about go to FOLDER/calls."""
import array, fcntl, os, socket, struct, sys, threading

RECEIVE, SEND = 0xC0502100, 0xC0182101  # of linux/seccomp.h
path, folder, answer = sys.argv[1:]


def descriptors(ancillary):
    fds = array.array("i")
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(data)
    return list(fds)


def serve(listener):
    while True:
        request = bytearray(80)
        try:
            fcntl.ioctl(listener, RECEIVE, request)
        except OSError:
            return
        cookie, pid, flags, call = struct.unpack_from("QIIi", request)
        with open(folder + "/calls", "a") as calls:
            calls.write("%d\n" % call)
        if answer == "silence":
            continue
        if answer == "continue":
            reply = struct.pack("QqiI", cookie, 0, 0, 1)
        else:
            reply = struct.pack("QqiI", cookie, 0, -int(answer), 0)
        try:
            fcntl.ioctl(listener, SEND, reply)
        except OSError:
            pass


server = socket.socket(socket.AF_UNIX)
server.bind(path + "~")
server.listen()
os.rename(path + "~", path)  # who sees it can connect
number = 0
while True:
    connection = server.accept()[0]
    number += 1
    text, ancillary, _, _ = connection.recvmsg(65536, 4096)
    fds, more = descriptors(ancillary), []
    while True:
        part, ancillary, _, _ = connection.recvmsg(65536, 4096)
        if not part:
            break
        text += part
        more += descriptors(ancillary)
    for suffix, value in (("fds", len(fds)), ("more", len(more))):
        with open("%s/%d.%s" % (folder, number, suffix), "w") as out:
            out.write("%d\n" % value)
    with open("%s/new" % folder, "wb") as out:
        out.write(text)
    os.rename(folder + "/new", "%s/%d" % (folder, number))
    for fd in fds:
        threading.Thread(target=serve, args=(fd,), daemon=True).start()
