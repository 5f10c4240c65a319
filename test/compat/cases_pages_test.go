package compat_test

const navigating = "Sec-Fetch-Mode: navigate"

// pageGets are visits of a browser.
func pageGets(as string, paths ...string) []request {
	var list []request
	for _, path := range paths {
		list = append(list, request{as: as, do: "GET " + path, head: []string{navigating}})
	}
	return list
}

func pageCases() group {
	form := []string{navigating, "Content-Type: application/x-www-form-urlencoded"}
	paths := []string{
		"/", "/hub", "/hub/", "/hub/home", "/hub/spawn", "/hub/spawn?next=%2Fhub%2Fhome", "/hub/spawn/pg-anna", "/hub/spawn/pg-anna/", "/hub/spawn/pg-anna/lab", "/hub/spawn/pg-nobody",
		"/hub/spawn-pending/pg-anna", "/hub/spawn-pending/pg-anna/lab", "/hub/spawn-pending/pg-bert", "/hub/spawn-pending/pg-nobody",
		"/hub/user-redirect", "/hub/user-redirect/", "/hub/user-redirect/lab/tree/x.ipynb?a=1&b=%20", "/hub/user-redirect/a%2Fb", "/user-redirect/lab", "/hub/token", "/hub/admin", "/hub/api-docs", "/hub/404", "/hub/error/404", "/hub/error/503",
		"/user/pg-anna", "/user/pg-anna/", "/user/pg-anna/lab", "/user/pg-anna/lab?x=1", "/user/pg-anna/api/status", "/user/pg-bert/", "/user/pg-nobody/lab", "/user/", "/user",
		"/hub/user/pg-anna/lab?x=1", "/hub/user/pg-anna", "/hub/user/", "/hub/logo", "/hub/static/nothing.js", "/hub/home/", "/hub/login/", "/services/shop/", "/services/none/", "/robots.txt", "/favicon.ico",
	}
	logins := []string{
		"/hub/login", "/hub/login?next=%2Fhub%2Fhome", "/hub/login?next=%2Fuser%2Fpg-anna%2Flab", "/hub/login?next=", "/hub/login?next=https%3A%2F%2Fexample.org%2F", "/hub/login?next=%2F%2Fexample.org",
		"/hub/login?next=%2F%5Cexample.org", "/hub/login?next=javascript%3Aalert(1)", "/hub/login?next=http%3A%2F%2F{host}%2Fhub%2Fhome", "/hub/login?next=%2Fuser-redirect%2Flab", "/hub/login?next=%2Fhub%2Flogout", "/hub/login?next=home", "/hub/login?next=%2Fhub%2Fspawn%3Fa%3D1%23frag",
		"/hub/login?next=%2Fhub%2Fapi%2Fuser",
	}
	return group{name: "pages", cases: join(
		bodies("", "POST "+rest+"/users", `{"usernames": ["pg-anna", "pg-bert", "pg-cara", "pg-dora"]}`),
		pageGets("anonymous", paths...),
		pageGets("anonymous", logins...),
		pageGets("cookie pg-anna", paths[:5]...), // the last of them starts the server
		[]request{{do: "GET " + rest + "/users/pg-anna/server/progress", wait: true}},
		pageGets("cookie pg-anna", logins...),
		methods("anonymous", "/hub/login", "HEAD", "PUT", "OPTIONS"),
		methods("anonymous", "/hub/home", "POST", "HEAD", "OPTIONS"),
		pageGets("", "/hub/home", "/hub/token", "/user/pg-anna/lab"),
		[]request{
			{as: "cookie nobody", do: "POST /hub/login", body: "username=pg-anna&password=wrong&_xsrf={xsrf}", head: form},
			{as: "cookie nobody", do: "POST /hub/login", body: "username=pg-anna&password=wrong", head: form},
			{as: "cookie nobody", do: "POST /hub/login", body: "_xsrf={xsrf}", head: form},
			{as: "cookie nobody", do: "POST /hub/login", body: "username=pg-anna&_xsrf={xsrf}", head: form},
			{as: "anonymous", do: "POST /hub/login", body: "username=pg-anna&password=x", head: form},
			{as: "cookie nobody#2", do: "POST /hub/login", body: "username=PG-Anna&password=everybody%27s+password&_xsrf={xsrf}", head: form},
			{as: "cookie nobody#3", do: "POST /hub/login?next=%2Fhub%2Ftoken", body: "username=pg-anna&password=everybody%27s+password&_xsrf={xsrf}", head: form},
			{as: "cookie nobody#4", do: "POST /hub/login?next=https%3A%2F%2Fexample.org", body: "username=pg-anna&password=everybody%27s+password&_xsrf={xsrf}", head: form},
			{as: "cookie nobody#5", do: "POST /hub/login", body: "username=pg-new&password=everybody%27s+password&_xsrf={xsrf}", head: form},
			{do: "GET " + rest + "/users/pg-new"},
			{do: "GET " + rest + "/users/pg-anna"},
		},
		[]request{
			{as: "cookie pg-bert", do: "POST /hub/spawn", body: "a=1", head: form},
			{as: "cookie pg-bert", do: "POST /hub/spawn/pg-nobody", body: "_xsrf={xsrf}", head: form},
			{as: "cookie pg-bert", do: "POST /hub/spawn/pg-anna", body: "_xsrf={xsrf}", head: form},
		},
		[]request{
			{as: "cookie pg-dora", do: "POST /hub/spawn", body: "_xsrf={xsrf}&profile=small&n=1", head: form},
			{do: "GET " + rest + "/users/pg-dora/server/progress", wait: true},
			{do: "GET " + rest + "/users/pg-dora/server"},
			{as: "cookie pg-dora", do: "POST /hub/spawn", body: "_xsrf={xsrf}", head: form},
			{do: "DELETE " + rest + "/users/pg-dora/server"},
			{as: "cookie admin", do: "POST /hub/spawn/pg-dora/side?next=%2Fhub%2Fhome", body: "_xsrf={xsrf}", head: form},
			{do: "GET " + rest + "/users/pg-dora/servers/side/progress", wait: true},
			{do: "DELETE " + rest + "/users/pg-dora/servers/side"},
			{as: "cookie pg-dora", do: "POST /hub/spawn/pg-dora/tree", body: "_xsrf={xsrf}", head: form},
			{do: "PUT " + rest + "/users/pg-bert/servers/lab"},
			{do: "GET " + rest + "/users/pg-bert/servers/lab"},
			{do: "DELETE " + rest + "/users/pg-bert/servers/lab", body: `{"remove": true}`},
		},
		pageGets("anonymous", "/user/PG-Anna/lab?x=1", "/hub/user/PG-Anna/lab", "/user/pg%2Danna/lab"),
		pageGets("cookie pg-anna", "/hub/user/PG-Anna/lab", "/hub/user/PG-Nobody/lab"),
		pageGets("cookie pg-bert", paths[6:]...),
		pageGets("cookie pg-cara", "/hub/spawn/pg-cara"),
		[]request{{do: "GET " + rest + "/users/pg-cara/server/progress", wait: true}},
		pageGets("cookie pg-cara", "/hub/spawn-pending/pg-cara", "/hub/spawn/pg-cara"),
		[]request{{do: "POST " + rest + "/users/pg-anna/server"}},
		pageGets("cookie pg-anna", "/", "/hub/", "/hub/home", "/hub/spawn", "/hub/spawn/pg-anna", "/hub/spawn-pending/pg-anna", "/hub/user-redirect/lab/x?y=1", "/hub/login", "/user/pg-anna", "/hub/user/pg-anna/lab?x=1"),
		pageGets("cookie admin", "/hub/spawn/pg-anna", "/hub/spawn-pending/pg-anna", "/hub/admin", "/hub/spawn/pg-nobody"),
		pageGets("anonymous", "/user/pg-anna", "/hub/user/pg-anna/lab"),
		[]request{{do: "DELETE " + rest + "/users/pg-anna/server"}},
		pageGets("cookie pg-anna", "/user/pg-anna/lab", "/hub/spawn-pending/pg-anna"),
		methods("cookie pg-anna", "/user/pg-anna/api/contents", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"),
		methods("pg-anna", "/user/pg-anna/api/status", "GET", "POST"),
		methods("pg-anna", "/user/pg-bert/api/status", "GET"),
		methods("anonymous", "/user/pg-anna/api/status", "GET", "POST"),
		[]request{
			{as: "pg-anna", do: "GET /user/pg-anna/api/status", head: []string{"Accept: application/json"}},
			{as: "anonymous", do: "GET /user/pg-anna/api/status", head: []string{"Accept: application/json"}},
			{as: "cookie pg-anna#out", do: "GET /hub/logout", head: []string{navigating}},
			{as: "cookie pg-anna#out", do: "GET /hub/home", head: []string{navigating}},
			{as: "cookie pg-anna#out", do: "GET " + rest + "/user", head: []string{navigating}},
			{as: "anonymous", do: "GET /hub/logout", head: []string{navigating}},
			{as: "cookie pg-anna#post", do: "POST /hub/logout", body: "x=1", head: form},
		},
	)}
}

// xsrfCases are calls with a cookie, by every kind of page that could make them.
func xsrfCases() group {
	const as = "cookie xs-anna"
	var matrix []request
	for _, mode := range []string{"", "navigate", "cors", "same-origin", "no-cors", "websocket"} {
		for _, site := range []string{"", "same-origin", "same-site", "cross-site", "none"} {
			var head []string
			if mode != "" {
				head = append(head, "Sec-Fetch-Mode: "+mode)
			}
			if site != "" {
				head = append(head, "Sec-Fetch-Site: "+site)
			}
			matrix = append(matrix, request{as: as, do: "GET /users/xs-anna", head: head})
			if site == "" || site == "same-origin" {
				matrix = append(matrix, request{as: as, do: "POST /users/xs-anna/activity", body: `{"last_activity": "2020-01-01T00:00:00Z"}`, head: head})
			}
		}
	}
	activity := func(head ...string) request {
		return request{as: as, do: "POST /users/xs-anna/activity", body: `{"last_activity": "2020-01-01T00:00:00Z"}`, head: head}
	}
	return group{name: "xsrf", base: rest, cases: join(
		bodies("", "POST /users", `{"usernames": ["xs-anna"]}`),
		matrix,
		[]request{
			activity("X-XSRFToken: {xsrf}"),
			activity("X-CSRFToken: {xsrf}"),
			activity("X-XSRFToken: wrong"),
			activity("X-XSRFToken: {xsrf}x"),
			activity("X-XSRFToken: {xsrf}", "Sec-Fetch-Mode: cors", "Sec-Fetch-Site: same-origin"),
			activity("X-XSRFToken: {xsrf}", "Origin: http://evil.example.org", "Sec-Fetch-Site: cross-site"),
			activity("X-XSRFToken: {xsrf}", jsonned),
			activity("X-XSRFToken: {xsrf}", "Content-Type: application/json; charset=utf-8"),
			activity("X-XSRFToken: {xsrf}", "Content-Type: Application/JSON"),
			activity("X-XSRFToken: {xsrf}", "Content-Type: text/plain"),
			activity("X-XSRFToken: {xsrf}", "Content-Type: application/x-www-form-urlencoded"),
			activity("X-XSRFToken: {xsrf}", "Content-Type: multipart/form-data; boundary=x"),
			activity("X-XSRFToken: {xsrf}", "Content-Type: multipart/form-data"),
			activity("X-XSRFToken: {xsrf}", "Content-Type: text/plain; application/json"),
			activity("X-XSRFToken: {xsrf}", "Content-Type: application/json-patch"),
			activity("Content-Type: text/plain"),
			{as: as, do: "POST /users/xs-anna/activity?_xsrf={xsrf}", body: `{"last_activity": "2020-01-01T00:00:00Z"}`},
			{as: as, do: "POST /users/xs-anna/activity?_xsrf=wrong", body: `{"last_activity": "2020-01-01T00:00:00Z"}`},
			{as: as, do: "POST /users/xs-anna/tokens", body: `{}`},
			{as: as, do: "POST /users/xs-anna/tokens", body: `{}`, head: []string{"X-XSRFToken: {xsrf}"}},
			{as: as, do: "POST /users/xs-anna/tokens", body: `{"auth": {"username": "xs-anna", "password": "` + password + `"}}`},
			{as: as, do: "GET /users/xs-anna/tokens", head: []string{"Sec-Fetch-Mode: cors"}},
			{as: as, do: "GET /users/xs-anna/tokens", head: []string{"Sec-Fetch-Mode: cors", "X-XSRFToken: {xsrf}"}},
			{as: as, do: "DELETE /users/xs-anna/server"},
			{as: as, do: "DELETE /users/xs-anna/server", head: []string{"X-XSRFToken: {xsrf}"}},
			{as: as, do: "DELETE /users/xs-anna/server", head: []string{"X-XSRFToken: {xsrf}", "Content-Type: text/plain"}},
			{as: as, do: "PATCH /users/xs-anna", body: `{}`, head: []string{"X-XSRFToken: {xsrf}"}},
			{as: as, do: "GET /", head: []string{"Sec-Fetch-Mode: cors"}},
			{as: as, do: "GET /nothing", head: []string{"Sec-Fetch-Mode: cors"}},
			{as: as, do: "POST /nothing"},
			{as: as, do: "OPTIONS /users"},
			{as: as, do: "HEAD /users"},
			{as: as, do: "GET /users"},
			{as: as, do: "GET /info"},
			{as: "cookie nobody#x", do: "GET /user"},
			{as: "cookie nobody#x", do: "POST /users", body: `{}`},
			{as: "cookie nobody#x", do: "POST /users", body: `{}`, head: []string{"X-XSRFToken: {xsrf}"}},
			{as: "cookie nobody#x", do: "POST /users", body: `{}`, head: []string{"Origin: http://evil.example.org"}},
			{as: "anonymous", do: "POST /users", body: `{}`, head: []string{"Origin: http://evil.example.org"}},
			{as: "anonymous", do: "GET /user", head: []string{"Origin: http://{host}", "Sec-Fetch-Mode: cors"}},
			{as: "anonymous", do: "DELETE /users/x", head: []string{"Origin: http://{host}"}},
			{as: "xs-anna", do: "POST /users/xs-anna/activity", body: `{"last_activity": "2020-01-01T00:00:00Z"}`, head: []string{"Origin: http://evil.example.org", "Sec-Fetch-Mode: cors", "Content-Type: text/plain"}},
			{as: "token wrong", do: "POST /users", body: `{}`, head: []string{"Origin: http://evil.example.org"}},
		},
	)}
}

// shutdownCases end both hubs, so they are the last.
func shutdownCases() group {
	return group{name: "shutdown", base: rest, cases: join(
		bodies("", "POST /users", `{"usernames": ["xx-anna"]}`),
		bodies("", "POST /shutdown", `{"proxy": "yes"}`, `{"proxy": null}`, `{`, "\xff", `{"servers": "false"}`),
		bodies("xx-anna", "POST /shutdown", "", `{"proxy": "yes"}`),
		bodies("anonymous", "POST /shutdown", ""),
		bodies("admin[read:hub]", "POST /shutdown", ""),
		bodies("", "POST /shutdown", `{"proxy": true, "servers": true}`),
	)}
}
