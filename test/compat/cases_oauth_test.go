package compat_test

import "fmt"

func oauthCases() group {
	form := []string{"Content-Type: application/x-www-form-urlencoded"}
	const (
		authorize = "/oauth2/authorize?response_type=code"
		good      = authorize + "&client_id=service-shop&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fservices%2Fshop%2Foauth_callback&state=abc"
	)
	consent := append([]string{navigating}, form...)
	post := func(body string) request {
		return request{as: "anonymous", do: "POST /oauth2/token", body: body, head: form}
	}
	const back = "&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fservices%2Fshop%2Foauth_callback"
	const client = "client_id=service-shop&client_secret=" + shopToken
	return group{name: "oauth", base: rest, cases: join(
		bodies("", "POST /users", `{"usernames": ["oa-anna"]}`),
		pageGets("anonymous", "/oauth2/authorize", good),
		pageGets("cookie oa-anna", "/oauth2/authorize", authorize, authorize+"&client_id=nope", authorize+"&client_id=service-shop", authorize+"&client_id=service-shop&redirect_uri=https%3A%2F%2Fevil.example.org%2F",
			"/oauth2/authorize?client_id=service-shop&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fservices%2Fshop%2Foauth_callback",
			"/oauth2/authorize?response_type=token&client_id=service-shop&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fservices%2Fshop%2Foauth_callback", good, good+"&scope=nope"),
		pageGets("cookie admin", good),
		[]request{
			{as: "", do: "GET " + good, head: []string{navigating}},
			{as: "cookie oa-anna", do: "POST " + good, body: "scopes=x", head: append([]string{navigating}, form...)},
			{as: "anonymous", do: "POST " + good, body: "scopes=x", head: append([]string{navigating}, form...)},
			post(""), post("grant_type=authorization_code"), post(client), post(client + "&grant_type=password"), post(client + "&grant_type=client_credentials"),
			post(client + "&grant_type=authorization_code"), post(client + "&grant_type=authorization_code&code=wrong"),
			post(client + "&grant_type=authorization_code&code=wrong" + back),
			post("client_id=service-shop&client_secret=wrong&grant_type=authorization_code&code=wrong" + back),
			post("client_id=nope&client_secret=wrong&grant_type=authorization_code&code=wrong" + back),
			// The whole way, and what is left of it.
			{as: "cookie admin", do: "POST " + good, body: "_xsrf={xsrf}&scopes=access:services!service=shop", head: consent, save: map[string]string{"oa_code": "header Location code"}},
			post(client + "&grant_type=authorization_code&code={oa_code}&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fother"),
			{as: "cookie admin", do: "POST " + good, body: "_xsrf={xsrf}&scopes=access:services!service=shop", head: consent, save: map[string]string{"oa_code2": "header Location code"}},
			{name: "a code for a token", as: "anonymous", do: "POST /oauth2/token", body: client + "&grant_type=authorization_code&code={oa_code2}" + back, head: form, save: map[string]string{"oa_token": "access_token"}},
			{as: "token {oa_token}", do: "GET /user"},
			{as: "token {oa_token}", do: "GET /users/admin"},
			{as: "token {oa_token}", do: "GET /users"},
			{as: "token {oa_token}", do: "POST /users/admin/tokens", body: `{}`},
			post(client + "&grant_type=authorization_code&code={oa_code2}" + back),
			post(client + "&grant_type=refresh_token&refresh_token=wrong"),
			{as: "cookie admin", do: "POST " + good, body: "_xsrf={xsrf}&scopes=admin:users", head: consent},
			{as: "cookie admin", do: "POST " + good, body: "_xsrf={xsrf}", head: consent, save: map[string]string{"oa_code3": "header Location code"}},
			{as: "anonymous", do: "GET /oauth2/token"},
			{as: "anonymous", do: "POST /oauth2/token", body: `{"grant_type": "authorization_code"}`, head: []string{jsonned}},
			{as: "anonymous", do: "OPTIONS /oauth2/token"},
		},
		redirectCases(), challengeCases(), scopeCases(), byGroupCases(), frameCases(),
	)}
}

// visit is a way through both endpoints: what the browser is sent to authorize with, and
// what the client sends with the code.
type visit struct{ name, query, form string }

// visits are a guest's at a service that asks nothing.
func visits(service, token string, list ...visit) []request {
	var all []request
	for i, v := range list {
		code := fmt.Sprintf("%s_code%c", service, 'a'+i)
		all = append(all, request{
			name: v.name + ", authorize", as: "cookie oa-guest", head: []string{navigating},
			do: "GET /oauth2/authorize?response_type=code&state=abc&client_id=service-" + service + v.query, save: map[string]string{code: "header Location code"},
		}, request{
			name: v.name + ", token", as: "anonymous", do: "POST /oauth2/token", head: []string{"Content-Type: application/x-www-form-urlencoded"},
			body: "client_id=service-" + service + "&client_secret=" + token + "&grant_type=authorization_code&code={" + code + "}" + v.form,
		})
	}
	return all
}

// refusals are authorizations that end without a code.
func refusals(service string, queries ...string) []request {
	var all []request
	for _, query := range queries {
		all = append(all, pageGets("cookie oa-guest", "/oauth2/authorize?response_type=code&state=abc&client_id=service-"+service+query)...)
	}
	return all
}

// redirectCases leave out where the answer goes, or name it.
func redirectCases() []request {
	const back, whole = "&redirect_uri=%2Fservices%2Fporter%2Foauth_callback", "&redirect_uri=http%3A%2F%2F{host}%2Fservices%2Fporter%2Foauth_callback"
	return join(
		visits("porter", porterToken,
			visit{"no redirect_uri", "", ""}, visit{"redirect_uri at the first alone", back, ""}, visit{"redirect_uri at the second alone", "", back},
			visit{"redirect_uri", back, back}, visit{"another redirect_uri", back, "&redirect_uri=%2Felsewhere"}, visit{"a whole redirect_uri", back, whole},
			visit{"an empty redirect_uri at the second", "", "&redirect_uri="}),
		refusals("porter", "&redirect_uri=", whole, back+back),
		pageGets("cookie admin", "/oauth2/authorize?response_type=code&client_id=service-shop&redirect_uri=%2Fservices%2Fshop%2Foauth_callback"),
	)
}

// challengeCases are PKCE's.
func challengeCases() []request {
	const (
		verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636, appendix B
		hashed   = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	)
	return join(
		visits("porter", porterToken,
			visit{"S256", "&code_challenge=" + hashed + "&code_challenge_method=S256", "&code_verifier=" + verifier},
			visit{"S256 without a verifier", "&code_challenge=" + hashed + "&code_challenge_method=S256", ""},
			visit{"S256 with the challenge", "&code_challenge=" + hashed + "&code_challenge_method=S256", "&code_verifier=" + hashed},
			visit{"plain", "&code_challenge=" + verifier + "&code_challenge_method=plain", "&code_verifier=" + verifier},
			visit{"plain by default", "&code_challenge=" + verifier, "&code_verifier=" + verifier},
			visit{"a short challenge", "&code_challenge=abc", "&code_verifier=abc"},
			visit{"plain with another verifier", "&code_challenge=" + verifier, "&code_verifier=" + hashed},
			visit{"a method without a challenge", "&code_challenge_method=S256", ""},
			visit{"a verifier without a challenge", "", "&code_verifier=" + verifier}),
		refusals("porter", "&code_challenge="+hashed+"&code_challenge_method=S512", "&code_challenge="+hashed+"&code_challenge_method="),
	)
}

// scopeCases ask for less and for more than a client may have, and a person.
func scopeCases() []request {
	return join(
		visits("porter", porterToken,
			visit{"all that it may have", "", ""}, visit{"only who it is", "&scope=identify", ""}, visit{"what it may have", "&scope=read:users!user", ""},
			visit{"less", "&scope=read:users:activity!user", ""}, visit{"what the person lacks", "&scope=list:groups+read:users!user", ""}, visit{"identify and more", "&scope=identify+read:users!user", ""}),
		refusals("porter", "&scope=self", "&scope=read:users", "&scope=read:users!user+admin:users", "&scope=inherit", "&scope=user", "&scope=nope", "&scope=user+read:users!user"),
		visits("twin", twinToken, visit{"all of the person's", "", ""}, visit{"all of the person's, asked for", "&scope=inherit", ""}, visit{"of all only who it is", "&scope=identify", ""}),
		[]request{
			{name: "all of the person's, once more", as: "cookie oa-guest", do: "GET /oauth2/authorize?response_type=code&client_id=service-twin", head: []string{navigating}, save: map[string]string{"twin_code": "header Location code"}},
			{
				name: "its token", as: "anonymous", do: "POST /oauth2/token", head: []string{"Content-Type: application/x-www-form-urlencoded"},
				body: "client_id=service-twin&client_secret=" + twinToken + "&grant_type=authorization_code&code={twin_code}", save: map[string]string{"twin_token": "access_token"},
			},
			{as: "token {twin_token}", do: "GET /user"},
			{as: "token {twin_token}", do: "POST /users/oa-guest/tokens", body: `{"note": "by twin"}`},
			{as: "token {twin_token}", do: "GET /users"},
			{as: "cookie oa-guest", do: "GET /oauth2/authorize?response_type=code&client_id=service-porter&scope=admin:users", head: []string{navigating}},
		},
		pageGets("cookie oa-guest", "/oauth2/authorize?response_type=code&client_id=service-twin&scope=read:users!user"),
		// Who has no access learns first that the client asks for too much.
		pageGets("cookie oa-anna", "/oauth2/authorize?response_type=code&client_id=service-porter&scope=admin:users", "/oauth2/authorize?response_type=code&client_id=service-porter"),
	)
}

// frameCases are of a page of one's own server that shows a service in a frame.
func frameCases() []request {
	return []request{{
		as: "cookie oa-guest", do: "GET /oauth2/authorize?response_type=code&state=abc&client_id=service-porter",
		head: []string{navigating, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Dest: iframe"},
	}}
}

// byGroupCases are of somebody who may use the servers of a group.
func byGroupCases() []request {
	return []request{
		{as: "oa-teacher", do: "GET /user"},
		{do: "POST /users/oa-bert/server"},
		{do: "GET /users/oa-bert/server/progress", wait: true},
		{name: "a teacher while a student's server runs", as: "oa-teacher", do: "GET /user"},
		{name: "what its own token may do", do: "GET /users/oa-bert/tokens"},
		{name: "its client gives less", as: "cookie oa-bert", do: "GET /oauth2/authorize?response_type=code&client_id=jupyterhub-user-oa-bert&scope=read:servers!user", head: []string{navigating}, save: map[string]string{"bert_code": "header Location code"}},
		{name: "its client gives no more", as: "cookie oa-bert", do: "GET /oauth2/authorize?response_type=code&client_id=jupyterhub-user-oa-bert&scope=self", head: []string{navigating}},
		{do: "DELETE /users/oa-bert/server"},
	}
}
