"""Reads a subunit stream and prints one JSON object a line for each test: {"id", "status", "seconds", "details"}."""
import json
import re
import sys

import subunit
import testtools

STATUS = {'success': 'pass', 'fail': 'fail', 'error': 'fail', 'inprogress': 'fail', 'uxsuccess': 'fail', 'skip': 'skip', 'xfail': 'pass'}


def report(test):
    status = STATUS.get(test['status'])
    # The streams of workers carry their output as "tests" of these names.
    if status is None or test['id'] in ('stdout', 'stderr'):
        return
    start, end = test['timestamps']
    details = '\n'.join(content.as_text() for name, content in sorted(test['details'].items()) if 'traceback' in name or name == 'reason')
    print(json.dumps({
        'id': re.sub(r'\[.*\]$', '', test['id']),
        'status': status,
        'seconds': (end - start).total_seconds() if start and end else 0,
        'details': details[-3000:],
    }))


result = testtools.StreamToDict(report)
result.startTestRun()
subunit.ByteStreamToStreamResult(sys.stdin.buffer, non_subunit_name='stdout').run(result)
result.stopTestRun()
