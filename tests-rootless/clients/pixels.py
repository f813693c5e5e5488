#!/usr/bin/env python3
"""pixels.py FILE RRGGBB: how many pixels of that colour a window dump has, as Xvfb -fbdir writes it and xwd(1) does."""
import struct
import sys


def main():
    with open(sys.argv[1], "rb") as file:
        dump = file.read()
    # XWDFile.h: 25 numbers of 32 bits, the most significant byte first; a table of colours, 12 bytes each; the pixels.
    header = struct.unpack(">25I", dump[:100])
    size, height, bits, row, colours = header[0], header[5], header[11], header[12], header[19]
    assert bits == 32, f"{bits} bits a pixel"
    order = "little" if header[7] == 0 else "big"
    begin = size + 12 * colours
    wanted = int(sys.argv[2], 16).to_bytes(4, order)
    mask = slice(0, 3) if order == "little" else slice(1, 4)
    pixels = dump[begin:begin + height * row]
    print(sum(pixels[i:i + 4][mask] == wanted[mask] for i in range(0, len(pixels), 4)))


main()
