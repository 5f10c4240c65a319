package compat_test

const (
	namedLimit   = 3
	slowSeconds  = 5  // after which a start is answered with 202
	startSeconds = 14 // after which it has failed
	slowPerson   = "sv-slow"
	brokenPerson = "sv-broken"

	// The tokens of the services.
	watcherToken = "watcher-token-0123456789abcdef"
	shopToken    = "shop-token-0123456789abcdef012"
	idleToken    = "idle-token-0123456789abcdef012"
	porterToken  = "porter-token-0123456789abcdef0"
	twinToken    = "twin-token-0123456789abcdef012"
)

// declared is the part of the configuration that both hubs read in the same form.
type declared struct {
	Roles        []map[string]any          `json:"roles"`
	Groups       map[string]map[string]any `json:"groups"`
	CustomScopes map[string]map[string]any `json:"custom_scopes"`
	Services     []map[string]any          `json:"services"`
}

// declare is that part: an administrating service, one with a few rights, some that
// people log in to, and roles on people, groups and services.
func declare(backend string) declared {
	type object = map[string]any
	return declared{
		Roles: []map[string]any{
			{"name": "teacher", "description": "Sees a class", "scopes": []string{"list:users!group=class-a", "read:users!group=class-a", "read:servers!group=class-a"}, "groups": []string{"teachers"}},
			{"name": "names", "scopes": []string{"read:users:name", "read:groups:name", "list:services"}, "users": []string{"cf-reader"}},
			{"name": "starter", "scopes": []string{"servers!user=cf-anna"}, "users": []string{"cf-starter"}},
			{"name": "sharer", "scopes": []string{"self", "shares!user", "read:users:name", "read:groups:name", "access:servers!user"}, "users": []string{"sh-owner", "sh-second"}},
			{"name": "guest", "scopes": []string{"access:services!service=porter", "access:services!service=twin"}, "users": []string{"oa-guest"}},
			{"name": "opener", "scopes": []string{"access:servers!group=class-b"}, "users": []string{"oa-teacher"}},
			{"name": "idle", "scopes": []string{"list:users", "read:users:activity", "read:servers", "delete:servers"}, "services": []string{"idle"}},
		},
		Groups: map[string]map[string]any{
			"class-a":  {"users": []string{"cf-anna", "cf-bert"}, "properties": object{"cpu": 2, "label": "Class A", "nested": object{"list": []any{1, "two", nil}}}},
			"class-b":  {"users": []string{"oa-bert"}},
			"teachers": {"users": []string{"cf-teacher"}, "properties": object{}},
		},
		CustomScopes: map[string]map[string]any{
			"custom:shop:read":  {"description": "Look at the shop"},
			"custom:shop:write": {"description": "Buy", "subscopes": []string{"custom:shop:read"}},
		},
		Services: []map[string]any{
			{"name": "watcher", "api_token": watcherToken, "admin": true},
			{"name": "idle", "api_token": idleToken},
			{
				"name": "shop", "url": backend, "api_token": shopToken, "display": false, "info": object{"motto": "open"},
				"oauth_client_id": "service-shop", "oauth_redirect_uri": "http://127.0.0.1:9/services/shop/oauth_callback",
				"oauth_client_allowed_scopes": []string{"custom:shop:read"},
			},
			// Without a question: one that may have a few scopes, one that may have all of the person's.
			{
				"name": "porter", "url": backend, "api_token": porterToken, "oauth_no_confirm": true,
				"oauth_client_allowed_scopes": []string{"read:users!user", "list:groups"},
			},
			{"name": "twin", "url": backend, "api_token": twinToken, "oauth_no_confirm": true, "oauth_client_allowed_scopes": []string{"inherit"}},
		},
	}
}
