package compat_test

const (
	sameNames   = "names are trimmed and in lower case wherever they enter"
	theirFault  = "JupyterHub fails on what it does not expect"
	noMethod    = "a method that is not there is 405 whoever asks"
	withoutNull = "JupyterHub shows a service less of itself here than GET /services does"
)

func serviceDifferences() []difference {
	const undone = "JupyterHub fails, or takes over what is another's, and keeps the service: here nothing is kept of a refused one"
	return []difference{
		{"services: POST *{\"api_token\": \"short\"}", "status: 500 → 400 *", theirFault},
		{"services: POST *[\"no:such\"]*", "status: 500 → 400 *", theirFault},
		{"services: POST *{\"api_token\": \"shop-token-*", "status: 201 → 409 *", "a token has one owner: JupyterHub leaves the new service without"},
		{"services: POST *{\"oauth_client_id\": \"service-se-four\"*-b8-*", "status: 201 → 409 *", "an OAuth client has one owner: JupyterHub gives another service's to the new one"},
		{"services: POST /services/se%20space *", "status: 201 → 400 *", "a service's name is part of addresses"},
		{"services: GET /services/se-b*", "status: 200 → 404 *", undone},
		{"services: GET /services (2)", "body.se*: missing (*)", undone},
	}
}

func serverDifferences() []difference {
	const (
		never = "a server that was never started has neither state nor options, whether or not there is a row for it"
		state = "the state of a server that does not run is an empty object, also in the answer to a change"
		kept  = "JupyterHub answers with the changed options and then goes on with those in its memory"
	)
	return []difference{
		{"server records: GET *include_stopped_servers", "body.servers..state: {} → null", never},
		{"server records: GET *include_stopped_servers", "body.servers..user_options: {} → null", never},
		{"server records: *", "body.state: null → {}", state},
		{"server records: GET *", "body*user_options.*: missing (*)", kept},
		{"server records: GET *", "body*user_options.*: extra (*)", kept},
		{"server records: PATCH *", "status: 500 → 400 *", theirFault},
		{"server records: DELETE */second \"x\"", "status: 500 → 400 *", theirFault},
		{"server records: DELETE *{\"remove\": \"yes\"}", "status: 204 → 400 *", "a server is deleted by true alone: JupyterHub takes anything that is not empty"},
		{"server records: PUT */Upper", "status: 400 → 201 *", sameNames},
		{"servers: DELETE /users/sv-cara", "status: 500 → 204 *", "JupyterHub fails where a named server runs: it is stopped here, and the person deleted"},
		{"servers: GET /users/sv-broken/server/progress", "body.*", "a server that ends by itself has failed at once: JupyterHub waits for its time to answer"},
		{"servers: PATCH /users/sv-bert *", "status: 200 → 400 *", "a running server's address holds the name: JupyterHub loses the server"},
	}
}

func tokenDifferences() []difference {
	const (
		minting    = "a token makes no tokens that may more than itself, also where its owner may more"
		byPassword = "tokens for a password, as JupyterHub before 2.0 gave them: clients of that time go on working"
		typed      = "a note is a text"
	)
	return []difference{
		{"tokens: GET */a99999999999999999999999", "status: 500 → 404 *", theirFault},
		{"tokens: POST /users/TO-Anna/tokens *", "status: 403 → 201 *", sameNames},
		{"tokens: to-anna[tokens!user], POST *", "status: 201 → 403 *", minting},
		{"tokens: admin[tokens], POST /users/admin/tokens*", "status: 201 → 403 *", minting},
		{"tokens: *{\"note\": 5}", "status: 201 → 400 *", typed},
		{"tokens: *{\"expires_in\": 999999999999}", "status: 500 → 400 *", theirFault},
		{"tokens: *[\"access:servers!server=to-bert\"]}", "status: 201 → 400 *", "a filter by server names a person's server, PERSON/SERVER: this one would fit none"},
		{"tokens: anonymous, POST /users/to-bert/tokens/ *", "status: 405 → 404 *", "without an id there is nothing at the address, whatever the method"},
		{"tokens: POST /users/to-bert/tokens {\"note\": \"one of many\"}*", "status: 201 → 400 *", "a person has at most tokens.limit tokens (here 300, by default 1,000)"},
		{"tokens: GET /users/to-bert/tokens?limit=2&offset=1", "body.api_tokens: * items → 2 items *", "the list of tokens has pages, for those who ask for them"},
		{"tokens: GET /users/to-bert/tokens (Accept: *", "body._pagination: extra *", "the list of tokens has pages, for those who ask for them"},
		{"tokens: GET /users/to-bert/tokens (Accept: *", "body.api_tokens: * items → 300 items *", "a person has at most tokens.limit tokens (here 300, by default 1,000)"},
		{"authorizations: *GET /authorizations/token/*", "body.*: null → *", withoutNull},
		{"authorizations: GET /authorizations/token", "status: 500 → 403 *", byPassword},
		{"authorizations: anonymous, GET /authorizations/token {*", "status: 403 → 200 *", byPassword},
		{"authorizations: *POST /authorizations/token*", "status: 404 → *", byPassword},
	}
}

func shareDifferences() []difference {
	return []difference{
		{"shares: GET /shares/SH-Owner/lab", "status: 404 → 200 *", sameNames},
		{"shares: *{\"user\": \"SH-Anna\"}", "status: 400 → 200 *", sameNames},
		{"shares: * /shares/sh-owner", "status: 403 → 405 *", noMethod},
		{"shares: * /share-codes/sh-owner", "status: 403 → 405 *", noMethod},
		{"shares: * POST /shares/sh-owner/lab *", "status: 500 → 400 *", theirFault},
		{"shares: * POST /share-codes/sh-owner/lab *", "status: 500 → 400 *", theirFault},
		{"shares: * PATCH /shares/sh-owner/lab *[\"no:such\"]}", "status: 500 → 400 *", theirFault},
		{"shares: * PATCH /shares/sh-owner/ *[\"read:servers\"]}", "body.scopes: lacks read:servers!server=sh-owner/", "scopes are taken back as they can be given, without the server's name too: JupyterHub says 200 and takes back nothing"},
		{"shares: *[\"self\"]}", "status: 403 → 400 *", "nobody could share that"},
	}
}

// guardDifferences are those of XSRF and OAuth.
func guardDifferences() []difference {
	const (
		form  = "a cookie counts for JSON only, and is not looked at before"
		words = "what is wrong is said in words too"
		rfc   = "the error is RFC 6749's for it"
		empty = "a parameter without a value is as if it were not there (RFC 6749 3.1)"
	)
	return []difference{
		{"xsrf: *GET / *", "body.atrium: extra (*)", "Atrium's own version"},
		{"xsrf: *GET *(Sec-Fetch-Mode: no-cors, Sec-Fetch-Site: same-origin)", "status: 200 → 403 *", "a script of the same origin can read such an answer: only images, styles and the like are let off"},
		{"xsrf: *Sec-Fetch-Site: cross-site)", "status: 200 → 403 *", "what a browser calls cross-site is refused, even with the token"},
		{"xsrf: cookie *", "body.plain: extra *", "a browser's session is told failures in words for people, too, which the hub's own pages show"},
		{"xsrf: *multipart/form-data*", "status: 400 → 403 *", form},
		{"oauth: *redirect_uri= (*", "status: 400 → 302 *", empty},
		{"oauth: an empty redirect_uri at the second, token", "status: 400 → 200 *", empty},
		{"oauth: *client_id=service-shop&redirect_uri=%2Fservices%2Fshop%2Foauth_callback (*", "status: 400 → 200 *", "a path stands for the whole address that is registered: managed services are told the path, by both hubs"},
		{"oauth: a verifier without a challenge, token", "status: 200 → 400 *", "somebody took the challenge out of the request (RFC 9700 2.1.1)"},
		{"oauth: *client_id=service-twin&scope=read:users!user (*", "header Location: *error=invalid_scope → *", "who may have all of a person's scopes may ask for less"},
		{"oauth: *POST /oauth2/token *", "body.error_description: *", words},
		{"oauth: *, token", "body.error_description: *", words},
		{"oauth: *, POST /oauth2/token *", `body.error: "unsupported_grant_type" → "invalid_request"`, rfc},
		{"oauth: *, POST /oauth2/token grant_type=authorization_code *", "status: 400 → 401 *", rfc},
		{"oauth: *, POST /oauth2/token *", `body.error: "invalid_request" → "invalid_grant"`, rfc},
		{"oauth: *, token", `body.error: "invalid_request" → "invalid_grant"`, rfc},
		{"oauth: *, POST /oauth2/token *", `body.error: "unauthorized_client" → "unsupported_grant_type"`, rfc},
		{"oauth: *, POST /oauth2/token *", "header Www-Authenticate: * → ", "a client that sends its secret in the body is told so in the body"},
		{"oauth: *, POST /oauth2/token *(Content-Type: application/json)", "body.*", "what is no form is not OAuth's either: the error has the API's form"},
		{"oauth: *Sec-Fetch-Dest: iframe)", "status: 302 → 403 *", "on one origin, a page of anybody's server could read the code from the frame's address: the answer is a page with a link that opens a new tab. With a domain for each person it is JupyterHub's"},
		{"oauth: a teacher while a student's server runs", "body.scopes: also has access:servers!user=oa-bert", "a notebook server knows nothing of groups: who is open to the requester by theirs, and has a server, is named"},
	}
}

func pageDifferences() []difference {
	const (
		home   = "everybody's way begins on their own page, which shows what runs and starts it"
		moved  = "a browser would keep a permanent redirect, and 307 repeats a POST: pages are redirected with 302, after a form with 303"
		files  = "the hub's own files are served by the hub, with its headers"
		panel  = "the pages for administrators have an address each, and this one leads to the first"
		proxys = "there is no proxy of its own that knows this address: whoever is not in the proxy's table is sent below /hub/"
	)
	return []difference{
		{"pages: *GET /hub (*", "status: 301 → 302 *", moved},
		{"pages: *GET /user/pg-anna (*", "status: 301 → 302 *", moved},
		{"pages: *GET /user/pg-anna (*", "status: 307 → 302 *", moved},
		{"pages: *GET /hub/spawn*", "status: 302 → 303 *", moved},
		{"pages: *POST /hub/spawn*", "status: 302 → 303 *", moved},
		{"pages: cookie pg-dora, POST /hub/spawn _xsrf={xsrf} *", "status: 400 → 303 *", "whoever starts what runs already is brought there, as by a click on the address"},
		{"pages: GET /hub/api/users/pg-dora/server", "body.user_options._xsrf: missing (*)", "the form's XSRF token is no option: a server could read it"},
		{"pages: GET /hub/api/users/pg-new", `body.last_activity: null → "a time"`, "a login counts as activity itself, not only what follows"},
		{"pages: *GET /hub/ (*", "header Location: * → /hub/home", home},
		{"pages: *GET /hub/login*", "header Location: * → /hub/home", home},
		{"pages: *POST /hub/login*", "header Location: * → /hub/home", home},
		{"pages: *POST /hub/login*", "status: 500 → 403 *", theirFault},
		{"pages: *GET /hub/logo *", "header *", files},
		{"pages: *GET /hub/static/*", "header *", files},
		{"pages: cookie admin, GET /hub/admin *", "status: 200 → 302 *", panel},
		{"pages: *GET /robots.txt *", "status: 404 → 302 *", proxys},
		{"pages: *GET /favicon.ico *", "status: 200 → 302 *", proxys},
		{"pages: anonymous, PUT /hub/login", "status: 403 → 405 *", noMethod},
		{"pages: anonymous, POST /hub/home", "status: 403 → 405 *", noMethod},
		{"pages: * /user/pg-anna/api/*", "status: 403 → 405 *", noMethod},
		{"pages: *HEAD /user/pg-anna/api/contents", "status: 405 → 302 *", "HEAD is answered as GET is"},
		{"pages: cookie pg-dora, POST /hub/spawn/pg-dora/tree *", "status: 302 → 400 *", "pages make no server that hides the default one's own: the API does"},
		{"pages: *GET */user/PG-*", "*", sameNames + ": the browser is sent there"},
		{"pages: *GET /hub/user-redirect/*", "header Location: * → *", "escapes in the address are kept as they are: JupyterHub loses %2F, and makes + of a blank"},
	}
}
