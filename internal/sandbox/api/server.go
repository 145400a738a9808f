package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/tenfold-iac/tenfold/internal/awsclient"
	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// Server answers on a local port. It is safe for concurrent use.
type Server struct {
	account *account.Account
	region  string
	url     string
	http    *http.Server
	serving sync.WaitGroup

	mutex sync.Mutex
	tasks map[string]*task
	order []string // of tasks, by ARN
}

// Start serves the account until Close is called. Calls that name no region are
// taken to be for the given one.
func Start(ctx context.Context, held *account.Account, region string) (*Server, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{
		account: held, region: region, url: "http://" + listener.Addr().String(),
		tasks: map[string]*task{},
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	// Serve ends with an error when Close is called, and with no other that
	// callers do not see themselves.
	s.serving.Go(func() { _ = s.http.Serve(listener) })
	return s, nil
}

// Env returns the variables that make an AWS SDK call this server and nothing
// else, in an environment that has no other variable whose name begins with AWS_.
// The words in place of credentials only keep it from looking for real ones, and
// the configuration files of the home folder are not read.
func (s *Server) Env() []string {
	return []string{
		awsclient.OfflineVariable + "=" + s.url,
		"AWS_ENDPOINT_URL=" + s.url, "AWS_ACCESS_KEY_ID=offline", "AWS_SECRET_ACCESS_KEY=offline",
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
	}
}

// Close ends calls that are under way and stops serving. What ECS was still to go
// back from, it has gone back from afterwards.
func (s *Server) Close() error {
	err := s.http.Close()
	s.serving.Wait()
	return errors.Join(err, s.Settle(true))
}

// call is one request.
type call struct {
	region string
	body   []byte
}

// read decodes the body.
func (c call) read(into any) error {
	if err := json.Unmarshal(c.body, into); err != nil {
		return &failure{"SerializationException", err.Error()}
	}
	return nil
}

// failure is an error as AWS answers it.
type failure struct{ code, message string }

func (f *failure) Error() string { return f.code + ": " + f.message }

func refuse(code, format string, args ...any) error {
	return &failure{code, fmt.Sprintf(format, args...)}
}

// operations are the calls that are answered, by service and operation.
var operations = map[string]func(*Server, call) (any, error){
	"AmazonEC2ContainerServiceV20141113.RunTask":                    (*Server).runTask,
	"AmazonEC2ContainerServiceV20141113.DescribeTasks":              (*Server).describeTasks,
	"AmazonEC2ContainerServiceV20141113.ListTasks":                  (*Server).listTasks,
	"AmazonEC2ContainerServiceV20141113.StopTask":                   (*Server).stopTask,
	"AmazonEC2ContainerServiceV20141113.ListServiceDeployments":     (*Server).listServiceDeployments,
	"AmazonEC2ContainerServiceV20141113.DescribeServiceDeployments": (*Server).describeServiceDeployments,
	"AmazonEC2ContainerServiceV20141113.DescribeServices":           (*Server).describeServices,
	"Logs_20140328.GetLogEvents":                                    (*Server).getLogEvents,
	"secretsmanager.DescribeSecret":                                 (*Server).describeSecret,
	"secretsmanager.PutSecretValue":                                 (*Server).putSecretValue,
}

const maxBody = 1 << 20

// ServeHTTP answers a call of the AWS JSON protocol, and the one of STS that
// command lines begin with.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		answer(w, nil, refuse("SerializationException", "the request could not be read: %v", err))
		return
	}
	c := call{region: regionOf(r.Header.Get("Authorization"), s.region), body: body}
	target := r.Header.Get("X-Amz-Target")
	if target == "" && strings.Contains(string(body), "Action=GetCallerIdentity") {
		s.callerIdentity(w)
		return
	}
	operation, known := operations[target]
	if !known {
		if target == "" {
			target = r.Method + " " + r.URL.Path
		}
		answer(w, nil, refuse("UnknownOperationException", "the offline cloud does not answer %s", target))
		return
	}
	result, err := operation(s, c)
	answer(w, result, err)
}

func answer(w http.ResponseWriter, result any, err error) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if err != nil {
		var f *failure
		if !errors.As(err, &f) {
			f = &failure{"InternalFailure", err.Error()}
		}
		// Not a 5xx, which an SDK would try again.
		w.WriteHeader(http.StatusBadRequest)
		result = map[string]string{"__type": f.code, "message": f.message}
	}
	_ = json.NewEncoder(w).Encode(result) // the caller has gone
}

// regionOf is the region a request was signed for.
func regionOf(authorization, fallback string) string {
	_, credential, found := strings.Cut(authorization, "Credential=")
	if parts := strings.Split(credential, "/"); found && len(parts) > 2 {
		return parts[2]
	}
	return fallback
}

// callerIdentity says whose account it is, in the XML of STS.
func (s *Server) callerIdentity(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprintf(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>`+
		`<Arn>arn:aws:iam::%[1]s:root</Arn><UserId>%[1]s</UserId><Account>%[1]s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, s.account.ID())
}
