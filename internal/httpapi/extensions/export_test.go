package extensions

import "github.com/atriumhub/atrium/internal/httpapi/endpoint"

// What tests read answers into.
type (
	AuditName = auditName
	AuditPage = endpoint.NewestFirst[auditModel]
	JobModel  = jobModel
)
