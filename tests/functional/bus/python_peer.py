"""A program that speaks oslo.messaging itself: it serves topic `python`, and calls whom it is told to call.

    python_peer.py <transport URL> <server name>
"""
import sys
import threading
import time

import oslo_messaging
from oslo_config import cfg

url, name = sys.argv[1:]
conf = cfg.CONF
conf([], project='neutron', default_config_files=[])
oslo_messaging.set_transport_defaults(control_exchange='neutron')
transport = oslo_messaging.get_rpc_transport(conf, url=url, allowed_remote_exmods=['neutron_lib.exceptions'])
heard = []


class NetworkNotFound(Exception):
    """As Neutron's class of this name looks on the wire."""


NetworkNotFound.__module__ = 'neutron_lib.exceptions'


class Endpoint:
    target = oslo_messaging.Target(version='1.2')

    def echo(self, context, **arguments):
        return {'server': name, 'context': context, 'arguments': arguments}

    def nothing(self, context):
        return None

    def fail(self, context, message):
        raise NetworkNotFound(message)

    def hang(self, context):
        time.sleep(10)

    def note(self, context, **arguments):
        heard.append({'context': context, 'arguments': arguments})

    def take_notes(self, context):
        taken = list(heard)
        heard.clear()
        return taken

    def ask(self, context, target, method, arguments, timeout=20, kind='call'):
        """Calls `method` of another program; gives what came back, or what was raised."""
        client = oslo_messaging.RPCClient(transport, oslo_messaging.Target(**target), timeout=timeout)
        try:
            return {'result': getattr(client, kind)(context, method, **arguments)}
        except Exception as error:  # whatever it is, the test wants to see it
            return {
                'raised': type(error).__name__,
                'exc_type': getattr(error, 'exc_type', None),
                'value': getattr(error, 'value', None),
            }


def serve(topic):
    target = oslo_messaging.Target(topic=topic, server=name)
    server = oslo_messaging.get_rpc_server(transport, target, [Endpoint()], executor='threading')
    server.start()


serve('python')
serve('shared')
threading.Event().wait()
