held = []
while len(held) < 1024:
    held.append(bytearray(b"x" * (1 << 20)))
print("1 GiB within a limit of 256 MiB")
