# Python with requests. usage: client.py URL EMAIL
import json
import sys

import requests

url, email = sys.argv[1:]
fields = {"email": email, "first_name": "Zoë", "last_name": "O'Neil", "user_login": "python-" + email.split("@")[0],
          "user_pass": "secret word", "plan": "gold"}
made = requests.post(url, data=fields, timeout=10)
again = requests.post(url, json={"email": email, "first_name": "Other"}, timeout=10)
requests.post(url, files={name: (None, value) for name, value in fields.items()}, timeout=10).raise_for_status()
failure = requests.post(url, data={"email": "nonsense"}, timeout=10)
print(json.dumps({"made": made.json(), "again": again.json(),
                  "failure": {"status": failure.status_code, "body": failure.json()}}))
