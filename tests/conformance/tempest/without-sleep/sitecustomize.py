"""Debian's Tempest waits ten seconds before each delete of a subnet; what is measured here does not need that."""
import sys
import time

original = time.sleep


def sleep(seconds):
    if seconds != 10 or sys._getframe(1).f_globals.get('__name__') != 'tempest.lib.services.network.subnets_client':
        original(seconds)


time.sleep = sleep
