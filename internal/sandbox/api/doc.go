// Package api answers the calls that are made with an AWS SDK beside the
// provider: by the hooks of a deployment and by the command line. They reach it
// through the variable AWS_ENDPOINT_URL.
//
// It answers from the same account as the provider: a task runs in a cluster, of
// a task definition and in subnets that exist there, and a value that is put into
// a secret is the one the provider reads afterwards. No container runs. A task
// ends at once with exit code 0 unless a fault planned for "aws:ecs/task:Task"
// says otherwise: how long it takes, with which code it ends, what it writes, or
// that ECS refuses to start it. A deployment of a service ends well at once unless
// a fault planned for the service says that it is rolled back, and when. Tasks are
// remembered for as long as the server runs; deployments are part of the account.
//
// An operation it does not know is refused, never passed on to AWS.
package api
