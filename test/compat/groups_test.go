package compat_test

// groups are all requests. Later groups must not need what earlier ones leave behind,
// but for people: everybody is in the list of all.
func groups() []group {
	return []group{
		metaCases(), selfCases(),
		userListCases(), userCases(), userCreateCases(), userPatchCases(), activityCases(),
		groupCases(), serviceCases(), proxyCases(),
		serverRecordCases(), serverCases(), tokenCases(), authorizationCases(),
		shareCases(), acceptCases(),
		xsrfCases(), oauthCases(), pageCases(), cookieCases(),
		lastAdminCases(), shutdownCases(),
	}
}

const (
	paging  = "Accept: application/jupyterhub-pagination+json"
	rest    = "/hub/api"
	jsonned = "Content-Type: application/json"
)

// gets are GETs of these paths by one requester.
func gets(as string, paths ...string) []request {
	var list []request
	for _, path := range paths {
		list = append(list, request{as: as, do: "GET " + path})
	}
	return list
}

// bodies are one request with each of these bodies.
func bodies(as, do string, texts ...string) []request {
	var list []request
	for _, text := range texts {
		list = append(list, request{as: as, do: do, body: text})
	}
	return list
}

// methods are one path with each of these methods.
func methods(as, path string, verbs ...string) []request {
	var list []request
	for _, verb := range verbs {
		list = append(list, request{as: as, do: verb + " " + path})
	}
	return list
}

// join puts lists of requests behind each other.
func join(lists ...[]request) []request {
	var all []request
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}
