package compat_test

import "net/url"

// answered asks the small notebook server of ck-anna for an answer with this header.
func answered(name, value string) request {
	return request{
		name: name + ": " + value, do: "GET /user/ck-anna/headers?" + url.Values{name: {value}}.Encode(),
		headers: []string{name},
	}
}

// cookieCases are what a notebook server tells a browser through the proxy.
func cookieCases() group {
	cases := []request{
		{do: "POST " + rest + "/users", body: `{"usernames": ["ck-anna"]}`},
		{do: "POST " + rest + "/users/ck-anna/server"},
		{do: "GET " + rest + "/users/ck-anna/server/progress", wait: true},
	}
	for _, line := range []string{
		"a=b", "a=b; Path=/user/ck-anna/", "a=b; Path=/user/ck-anna/proxy/5000/; HttpOnly; SameSite=Lax", "__Secure-a=b; Secure; Path=/user/ck-anna",
		"a=b; Path=/", "a=b; HttpOnly; Path=/; SameSite=Lax", "a=; Max-Age=0; Path=/", "_xsrf=2|a|b|1; Path=/", "a=b; Path=/user/",
		"a=b; Domain=127.0.0.1; Path=/user/ck-anna/",
		"a=b; Domain=elsewhere.org; Path=/user/ck-anna/", "__Host-a=b; Secure; Path=/",
		"a=b; Path=/hub/", "a=b; Path=/user/ck-bert/", "jupyterhub-session-id=x; Path=/", "jupyterhub-hub-login=x; Path=/hub/",
	} {
		cases = append(cases, answered("Set-Cookie", line))
	}
	for _, h := range [][2]string{
		{"Service-Worker-Allowed", "/user/ck-anna/lab/"}, {"Service-Worker-Allowed", "/"}, {"Clear-Site-Data", `"cookies"`},
		{"Strict-Transport-Security", "max-age=1"}, {"Alt-Svc", "clear"}, {"Nel", "{}"}, {"Report-To", "{}"},
		{"Cross-Origin-Opener-Policy", "same-origin"}, {"Cross-Origin-Opener-Policy", "unsafe-none"},
		{"Content-Security-Policy", "frame-ancestors 'self'"}, {"X-Frame-Options", "DENY"}, {"Access-Control-Allow-Origin", "*"},
	} {
		cases = append(cases, answered(h[0], h[1]))
	}
	return group{name: "servers' answers", cases: append(cases, request{do: "DELETE " + rest + "/users/ck-anna/server"})}
}

func cookieDifferences() []difference {
	const (
		wide   = "a cookie for more than the server is narrowed to the server's path: programs that know nothing of their place say Path=/ and mean themselves"
		whole  = "a __Host- cookie is for a whole host and cannot be narrowed, and no server has the host to itself: dropped"
		beside = "a cookie for a path beside the server's is dropped: it would reach the hub or others, and never the server itself"
		hubs   = "the hub's own cookies are set by the hub alone"
		origin = "no server speaks for the whole origin, which it shares"
		opener = "a server's page and the hub's must not have the same policy: a window that one opens on the other is cut off"
	)
	return []difference{
		{"servers' answers: Set-Cookie: *Path=/", "header Set-Cookie: * → *; Path=/user/ck-anna/", wide},
		{"servers' answers: Set-Cookie: *Path=/; SameSite=Lax", "header Set-Cookie: * → *; Path=/user/ck-anna/", wide},
		{"servers' answers: Set-Cookie: *Path=/user/", "header Set-Cookie: * → *; Path=/user/ck-anna/", wide},
		{"servers' answers: Set-Cookie: *Domain=127.0.0.1*", "header Set-Cookie: * → a=b; Path=/user/ck-anna/", wide},
		{"servers' answers: Set-Cookie: *Domain=elsewhere.org*", "header Set-Cookie: * → ", "a cookie for another domain, which no browser takes, is dropped"},
		{"servers' answers: Set-Cookie: __Host-*", "header Set-Cookie: * → ", whole},
		{"servers' answers: Set-Cookie: *Path=/hub/", "header Set-Cookie: * → ", beside},
		{"servers' answers: Set-Cookie: *Path=/user/ck-bert/", "header Set-Cookie: * → ", beside},
		{"servers' answers: Set-Cookie: jupyterhub-*", "header Set-Cookie: * → ", hubs},
		{"servers' answers: Service-Worker-Allowed: /", "header Service-Worker-Allowed: * → ", origin},
		{"servers' answers: Clear-Site-Data: *", "header Clear-Site-Data: * → ", origin},
		{"servers' answers: Strict-Transport-Security: *", "header Strict-Transport-Security: * → ", origin},
		{"servers' answers: Alt-Svc: *", "header Alt-Svc: * → ", origin},
		{"servers' answers: Nel: *", "header Nel: * → ", origin},
		{"servers' answers: Report-To: *", "header Report-To: * → ", origin},
		{"servers' answers: Cross-Origin-Opener-Policy: same-origin", "header Cross-Origin-Opener-Policy: * → same-origin-allow-popups", opener},
	}
}
