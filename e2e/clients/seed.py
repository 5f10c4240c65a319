"""The calls of 'Using JupyterHub API' as that document writes them, one after the other."""
import sys

import requests

endpoint, username, password = sys.argv[1], sys.argv[2], sys.stdin.readline().rstrip("\n")


def done(name, r, want):
    if r.status_code != want:
        sys.exit(f"{name}: {r.status_code} {r.text}, want {want}")
    print(name, "ok")
    return r


# 1. API Token Retrieval
headers = {"Content-Type": "application/json"}
data = {"username": username, "password": password}
r = requests.get(f"{endpoint}/authorizations/token", headers=headers, json=data)
answer = done("A1", r, 200).json()
assert answer["user"]["name"] == username and answer["warning"], answer
headers = {"Authorization": f"token {answer['token']}"}
r = requests.post(f"{endpoint}/authorizations/token", json=data)
done("A1 by POST", r, 200)
r = requests.get(f"{endpoint}/authorizations/token", json={"username": username, "password": "wrong"})
done("A1 wrong", r, 403)

# 2. Group Management
group, user = "cs101", "aup01"
done("user", requests.post(f"{endpoint}/users/{user}", headers=headers), 201)
r = requests.post(f"{endpoint}/groups/{group}", headers=headers)
done("A3", r, 201)
r = requests.get(f"{endpoint}/groups", headers=headers)
assert [g["name"] for g in done("A2", r, 200).json()] == [group], r.text
data = {"users": [user]}
r = requests.post(f"{endpoint}/groups/{group}/users", headers=headers, json=data)
assert done("A4", r, 200).json()["users"] == [user], r.text
r = requests.delete(f"{endpoint}/groups/{group}/users", headers=headers, json=data)
assert done("A5", r, 200).json()["users"] == [], r.text

# 3. Named Server Management
server_name = "gpu-lab"
data = {"profile": "gpu"}
r = requests.post(f"{endpoint}/users/{user}/servers/{server_name}", headers=headers, json=data)
done("A6", r, 201)
for scheme in ("token", "Bearer"):
    bearer = {"Authorization": headers["Authorization"].replace("token", scheme)}
    r = requests.get(f"{endpoint}/users/{user}/servers/{server_name}", headers=bearer)
    model = done(f"A7 {scheme}", r, 200).json()
    assert model["ready"] and model["user_options"] == data, model
# The options are kept, and reused by a start that names none.
r = requests.delete(f"{endpoint}/users/{user}/servers/{server_name}", headers=headers)
done("stop", r, 204)
r = requests.post(f"{endpoint}/users/{user}/servers/{server_name}", headers=headers)
done("start again", r, 201)
r = requests.get(f"{endpoint}/users/{user}/servers/{server_name}", headers=headers)
assert r.json()["user_options"] == data, r.text
