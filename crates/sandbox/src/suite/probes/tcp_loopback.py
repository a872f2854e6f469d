import socket
for host in ("127.0.0.1", "::1"):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as client:
        client.settimeout(3)
        expect(f"connect to {host}", refusal(client.connect, (host, PORT)),
               "EACCES", "ENETUNREACH", "ECONNREFUSED", "EADDRNOTAVAIL", "EPERM")
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
    expect("udp", refusal(udp.sendto, b"x", ("192.0.2.1", 9)), "ENETUNREACH", "EACCES", "EPERM")
known = os.listdir("/sys/class/net") if os.path.exists("/sys/class/net") else []
expect("interfaces", sorted(set(known) - {"lo"}), [])
passed()
