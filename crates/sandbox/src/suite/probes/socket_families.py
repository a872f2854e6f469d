import socket
families = {"VSOCK": 40, "NETLINK": 16, "PACKET": 17, "ALG": 38, "XDP": 44, "TIPC": 30, "BLUETOOTH": 31, "KEY": 15,
            "CAN": 29, "RDS": 21, "QIPCRTR": 42, "SMC": 43}
for name, number in families.items():
    for kind in (1, 2, 3):
        expect(f"AF_{name} {kind}", syscall("socket", number, kind, 0), "EAFNOSUPPORT")
for family in (socket.AF_INET, socket.AF_INET6):
    expect("raw socket", syscall("socket", int(family), 3, 1), "EPERM", "EPROTONOSUPPORT", "EACCES")
passed()
