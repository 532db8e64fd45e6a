"""
Sends a raw Ethernet frame from one network namespace and tells whether it arrives in another. A frame carries a mark, so that
it is known among others. Whoever is to see that nothing arrives needs to know when: an honest packet follows, and has come
when the answer is given. Both take the same way on one CPU, so the second does not overtake the first.

    l2-frames.py FROM TO FRAME CONTROL
"""
import ctypes
import ipaddress
import json
import os
import socket
import struct
import sys
import time

ETH_P_ALL = 3
CLONE_NEWNET = 0x40000000
PATIENCE = 60


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


def wire(namespace, protocol):
    """A socket on the device of an instance; it stays there when the process goes on to another namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open('/run/netns/' + namespace) as there:
        if libc.setns(there.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), 'setns to ' + namespace)
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    made.bind(('eth0', protocol))
    return made


def arrives(sender, receiver, frame, control):
    """Rejects where the control does not arrive."""
    wanted, last = (each['mark'].encode() for each in (frame, control))
    sender.send(build(frame))
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        sender.send(build(control))
        again = time.monotonic() + 1
        while time.monotonic() < again:
            receiver.settimeout(max(again - time.monotonic(), 0.01))
            try:
                data = receiver.recv(2048)
            except socket.timeout:
                break
            if wanted in data:
                return True
            if last in data:
                return False
    sys.exit('the honest packet that followed did not arrive')


os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
into = wire(sys.argv[2], ETH_P_ALL)
out = wire(sys.argv[1], 0)
print('arrives' if arrives(out, into, json.loads(sys.argv[3]), json.loads(sys.argv[4])) else 'does not')
