"""Sends and receives raw Ethernet frames. A frame carries a mark, so that a receiver knows its own test's."""
import ipaddress
import json
import socket
import struct
import sys
import time

ETH_P_ALL = 3


def mac(text):
    return bytes.fromhex(text.replace(':', ''))


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ipv4(source, target, payload):
    head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), 1, 0, 64, 17, 0,
                       ipaddress.ip_address(source).packed, ipaddress.ip_address(target).packed)
    return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + payload


def ipv6(source, target, protocol, payload, checksum_at):
    pack = [ipaddress.ip_address(a).packed for a in (source, target)]
    pseudo = pack[0] + pack[1] + struct.pack('!IHBB', len(payload), 0, 0, protocol)
    value = checksum(pseudo + payload)
    payload = payload[:checksum_at] + struct.pack('!H', value) + payload[checksum_at + 2:]
    return struct.pack('!IHBB', 6 << 28, len(payload), protocol, 255) + pack[0] + pack[1] + payload


def udp(source, target, mark):
    return struct.pack('!HHHH', source, target, 8 + len(mark), 0) + mark


def option(mark):
    """The mark as an option of neighbour discovery that hosts ignore: a bridge cuts off what follows the packet."""
    return b'\xfd\x02' + mark[:14].ljust(14, b'\0')


def build(frame):
    mark = frame['mark'].encode()
    kind = frame['kind']
    sender = mac(frame.get('sourceMac', frame['mac']))
    target = mac(frame['target'])
    source = frame.get('source', frame['ip'])
    if kind == 'udp':
        return target + sender + b'\x08\x00' + ipv4(source, frame['toIp'], udp(4000, 4001, mark))
    if kind == 'tagged':
        return target + sender + b'\x81\x00\x00\x05\x08\x00' + ipv4(source, frame['toIp'], udp(4000, 4001, mark))
    if kind == 'dhcp':
        return target + sender + b'\x08\x00' + ipv4(source, frame['toIp'], udp(67, 68, mark))
    if kind == 'arp':
        body = struct.pack('!HHBBH', 1, 0x0800, 6, 4, 2) + mac(frame.get('arpMac', frame['mac']))
        body += ipaddress.ip_address(frame['claims']).packed + target + ipaddress.ip_address(frame['toIp']).packed
        return target + sender + b'\x08\x06' + body + mark
    source6 = frame.get('source', frame['ip6'])
    if kind == 'udp6':
        return target + sender + b'\x86\xdd' + ipv6(source6, frame['toIp6'], 17, udp(4000, 4001, mark), 6)
    if kind == 'advertisement':
        body = struct.pack('!BBHI', 136, 0, 0, 0x20000000) + ipaddress.ip_address(frame['claims']).packed + b'\x02\x01' + sender
        return target + sender + b'\x86\xdd' + ipv6(frame.get('source', frame['claims']), frame['toIp6'], 58, body + option(mark), 2)
    first_half = mac(frame['mac'])
    local = ipaddress.ip_address(b'\xfe\x80' + bytes(6) + bytes([first_half[0] ^ 2]) + first_half[1:3] + b'\xff\xfe' + first_half[3:])
    body = struct.pack('!BBHBBHII', 134, 0, 0, 64, 0, 1800, 0, 0)
    return target + sender + b'\x86\xdd' + ipv6(str(local), 'ff02::1', 58, body + option(mark), 2)


def send(frame):
    data = build(frame)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
        out.bind(('eth0', 0))
        for _ in range(12):
            out.send(data)
            time.sleep(0.1)


def receive(mark):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as into:
        into.bind(('eth0', ETH_P_ALL))
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            into.settimeout(max(end - time.monotonic(), 0.01))
            try:
                if mark.encode() in into.recv(2048):
                    return 0
            except socket.timeout:
                break
    return 1


if sys.argv[1] == 'send':
    send(json.loads(sys.argv[2]))
else:
    sys.exit(receive(sys.argv[2]))
