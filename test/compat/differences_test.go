package compat_test

// pending are patterns of cases that may still differ. The list must get empty.
func pending() []string {
	return []string{}
}

// differences are those that are meant.
func differences() []difference {
	return concat(general(), metaDifferences(), userDifferences(), groupDifferences(), serviceDifferences(),
		serverDifferences(), tokenDifferences(), shareDifferences(), guardDifferences(), pageDifferences(), cookieDifferences())
}

func concat(lists ...[]difference) []difference {
	var all []difference
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// general are those of all resources.
func general() []difference {
	const (
		added  = "Atrium's own field, which older clients ignore"
		driver = "where a server runs is its driver's business: Atrium's drivers are others"
	)
	return []difference{
		{"*", `body.message: null → "*"`, "a bare error says the status's standard phrase, where JupyterHub 6 says null: older clients print it"},
		{"*", `body*.suspended: extra (*)`, added},
		{"*", "body*scopes: also has read:audit", "Atrium's own scope: administrators may read the audit log"},
		{"*", "body*scopes: also has announcements", "Atrium's own scope: administrators may tell people something on their pages"},
		{"*", "body*scopes: also has create:users*", "Atrium's own scope, which can be given on a group alone"},
		{"*", "body*scopes: also has admin:passwords*", "Atrium's own scope, which can be given on a group alone"},
		{"*", "body*scopes: also has admin:roles", "Atrium's own scope: administrators may make roles while the hub runs"},
		{"*", "body*scopes: also has admin:quota*", "Atrium's own scope: administrators may give people quotas"},
		{"*", "body*scopes: also has read:quota*", "Atrium's own scope: administrators may see what quotas people have"},
		{"*", `body*.password: extra (*)`, added},
		{"*", `body*.must_change_password: extra (*)`, added},
		{"*", `body*.phase: extra (*)`, added},
		{"*", `body*.from_config: extra (*)`, added},
		{"*", `body*.visitors: extra (*)`, added},
		{"*", `body.message: "*requires any of [admin:users]" → "*requires any of [create:users, admin:users]"`, "Atrium's own scope lets people be made in a group alone"},
		{"*", `body.message: "*requires any of [admin:users]" → "*requires any of [admin:users, admin:passwords]"`, "Atrium's own scope lets the passwords of a group's members be set"},
		{"*", `body*.failure: extra (*)`, added},
		{"*", `body*.queue_place: extra (*)`, added},
		{"*", `body*.state.*: missing (*)`, driver},
		{"*", `body*.state.*: extra (*)`, driver},
	}
}

func metaDifferences() []difference {
	return []difference{
		{"meta: *GET /hub/api*", "body.atrium: extra (*)", "Atrium's own version"},
		{"meta: *GET /hub/api/info", "body.*.class: *", "Atrium's own parts have no Python class"},
		{"meta: *GET /hub/api/info", "body.*.version: *", "Atrium's own parts have its version"},
		{"meta: *GET /hub/api/info", "body.python: *", "there is no Python"},
		{"meta: *GET /hub/api/info", "body.sys_executable: *", "there is no Python"},
		{"meta: anonymous, OPTIONS /hub/api/health", "status: 405 → 200 *", "OPTIONS is answered alike on the whole API"},
		{"meta: anonymous, POST /hub/*health", "status: 403 → 405 *", "a method that is not there is 405 whoever asks"},
		{"meta: anonymous, * /hub/api/", "header Access-Control-Allow-Origin: * → ", "there is nothing to read in an answer that there is no such method"},
		{"meta: * /hub/*metrics", "body: lacks jupyterhub_event_loop_interval_seconds *", "there is no event loop to watch"},
		{"meta: * /hub/*metrics", "body: lacks jupyterhub_proxy_poll_duration_seconds *", "there is no proxy beside the hub to ask"},
		{"meta: *GET /hub/*metrics", "body: also has jupyterhub_login_duration_seconds le=*", "series are there from the start: with the first event they would have no rate yet"},
		{"meta: POST /hub/nothing", "status: 403 → 404 *", "what is not there is 404 whoever asks"},
		{"meta: POST /hub/api/users/a%00b", "status: 201 → 404 *", "no name has a NUL: PostgreSQL cannot keep it"},
		{"meta: GET /hub/api/users/%ff", "status: 500 → 404 *", "JupyterHub fails on a path that is not UTF-8"},
		{"self: token *, GET /user", `body.*: null → *`, "JupyterHub shows a service less of itself here than GET /services does"},
	}
}

func userDifferences() []difference {
	const (
		names = "names are trimmed and in lower case wherever they enter"
		typed = "a list of names is a list of texts: JupyterHub fails, or takes letters and keys for names"
		cut   = "text is found as it is: JupyterHub takes _ and % for wildcards"
	)
	return []difference{
		{"users list: GET /users?name_filter=ul-&limit=1_0", "status: 200 → 400 *", "1_0 is a number to Python only"},
		{"users list: GET *include_stopped_servers*", "body*.servers..state: {} → null", "a server that was never started has no state, whether or not there is a row for it"},
		{"users list: GET *include_stopped_servers*", "body*.servers..user_options: {} → null", "a server that was never started has no options, whether or not there is a row for it"},
		{"users list: GET /users?name_filter=ul_a", "body: 1 items → 0 items *", cut},
		{"users list: GET /users?name_filter=ul-%25", "body: 6 items → 0 items *", cut},
		{"user: GET /users/US-ANNA", "status: 404 → 200 *", names},
		{"user: GET /users/us-anna%20", "status: 404 → 200 *", names},
		{"user: admin[read:servers!server=us-anna/ read:users:name], GET /users/us-anna", "body.servers: extra ({})", "the list of servers is there for whoever may see one of them, also while none runs"},
		{"user: POST /users/us-nobody/admin-access", "status: 403 → 404 *", "a person who is not there is 404 everywhere"},
		{"users create: POST /users {*[\"uc-three\", \"uc-three\"]}", "body: 2 items → 1 items *", "a person is made once, and named once"},
		{"users create: POST /users {\"usernames\": [\" uc-five \"]}", "status: 400 → 201 *", names},
		{"users create: POST /users/UC-Upper", `body.name: "UC-Upper" → "uc-upper"`, names},
		{"users create: GET /users/uc-upper", "status: 404 → 200 *", names},
		{"users create: POST /users/%20uc-blank", "status: 400 → 201 *", names},
		{"users create: POST /users {\"usernames\": \"uc-a\"}", "status: 201 → 400 *", typed},
		{"users create: POST /users {\"usernames\": {*", "status: 201 → 400 *", typed},
		{"users create: POST /users {\"usernames\": [*", "status: 500 → 400 *", typed},
		{"users create: POST /users {\"usernames\": [\"uc-\\u0000\"]}", "status: 201 → 400 *", "no name has a NUL: PostgreSQL cannot keep it"},
		{"users create: admin[admin:users], *\"admin\": true}", "status: 201 → 403 *", "a token that is no administrator's makes no administrators, whoever its owner is"},
		{"users create: POST /users/uc-bad \"x\" (2)", "status: 409 → 400 *", "a body that says nothing is named before what it would do"},
		{"user patch: PATCH /users/up-bert {\"name\": \"up-bert\"}", "body.name: null → *", "JupyterHub loses the name in the answer"},
		{"user patch: PATCH /users/up-bert {\"auth_state\": {}}", "status: 500 → 400 *", "JupyterHub fails"},
		{"user patch: PATCH /users/up-bert {\"roles\": [*", "status: 500 → 400 *", "JupyterHub fails"},
		{"last administrator: *PATCH /users/admin {\"admin\": false}", "*", "the last administrator who can get in stays one: JupyterHub is left without"},
		{"last administrator: *GET /users/admin", "*", "the last administrator who can get in stays one: JupyterHub is left without"},
		{"activity: * {\"last_activity\": \"March 7, 2022 10:00\"}", "status: 200 → 400 *", "times are ISO 8601: what a guess makes of others differs with the guesser"},
		{"activity: * {\"last_activity\": \"2022-03-06T05:06:07+25:00\"}", "status: 500 → 400 *", "JupyterHub fails on a zone that there is not"},
	}
}

func groupDifferences() []difference {
	const typed = "names are texts: JupyterHub fails, or takes numbers, keys and letters for names"
	return []difference{
		{"groups: POST /groups/gr%2Fslash", "status: 201 → 400 *", "a group's name has no slash, as a person's: no address could name it"},
		{"groups: GET /groups/gr-m3", "status: 200 → 404 *", "groups are made all or none"},
		{"groups: POST /groups {\"groups\": \"gr-text\"}", "status: * → 400 *", typed},
		{"groups: POST /groups {\"groups\": [*", "status: 201 → 400 *", typed},
		{"groups: POST /groups {\"groups\": {*", "status: 201 → 400 *", typed},
		{"groups: POST /groups/gr-* {\"users\": [1]}", "status: 500 → 400 *", typed},
		{"groups: large properties", "status: 200 → 400 *", "a group's properties have at most 64 KiB: they are read with every look at the group"},
		{"groups: admin[list:groups!group=gr-b], *", "body._pagination.total: * → 1", "the number of groups that one may not see is none of one's business"},
	}
}
