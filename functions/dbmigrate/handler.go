package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/tenfold-iac/tenfold/internal/dbcommand/dbaction"
	"github.com/tenfold-iac/tenfold/internal/dbconnect"
)

const (
	// taskRoot is the variable in which Lambda names the unpacked package.
	taskRoot = "LAMBDA_TASK_ROOT"

	// caFile is the bundle of certificate authorities in the package.
	caFile = "rds-ca.pem"

	// reserve is kept of the function's time to roll back and to report.
	reserve = 20 * time.Second

	envMigratorLogin = "TENFOLD_DATABASE_MIGRATOR_LOGIN"
	envAppLogin      = "TENFOLD_DATABASE_APP_LOGIN"
)

var errTime = errors.New("the function's time is nearly over; split the work, or run `tenfold db migrate` where it may take longer")

// event is a request. The field tf is what Pulumi adds to the events of an
// Invocation that follows the life of its resource.
type event struct {
	dbaction.Request
	TF *struct {
		Action    string          `json:"action"`
		PrevInput json.RawMessage `json:"prev_input"`
	} `json:"tf,omitempty"`
}

// nothing is the result when the Invocation itself is deleted: a database does
// not lose its schema with it.
type nothing struct {
	Action string `json:"action"`
	Reason string `json:"reason"`
}

type handler struct {
	getenv func(string) string
	cloud  dbconnect.Cloud
	log    *slog.Logger
}

// handle carries out one event. A failing action fails the invocation; what it
// had done by then is in the log.
func (h handler) handle(ctx context.Context, raw json.RawMessage) (any, error) {
	e, err := parse(raw)
	if err != nil {
		return nil, err
	}
	if e.TF != nil && e.TF.Action == "delete" {
		return nothing{Action: "none", Reason: "the invocation is being deleted; the database stays as it is"}, nil
	}
	request := e.Request
	if lc, ok := lambdacontext.FromContext(ctx); ok && request.RequestID == "" {
		request.RequestID = lc.AwsRequestID
	}
	runner, err := h.runner(request)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, deadline.Add(-reserve), errTime)
		defer cancel()
	}
	result, err := runner.Run(ctx, request)
	if err != nil {
		h.log.Error("failed", "action", request.Action, "requestId", request.RequestID, "error", err.Error(), "result", result)
		return nil, err
	}
	h.log.Info("done", "action", request.Action, "requestId", request.RequestID, "result", result)
	return result, nil
}

// parse refuses fields it does not know: a misspelt one would be ignored.
func parse(raw json.RawMessage) (event, error) {
	var e event
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		return event{}, fmt.Errorf(`the event must be an object such as {"action": "migrate"}: %w`, err)
	}
	return e, e.Check()
}

func (h handler) runner(request dbaction.Request) (dbaction.Runner, error) {
	target, err := dbconnect.FromEnvironment(h.getenv)
	if err != nil {
		return dbaction.Runner{}, err
	}
	root := h.getenv(taskRoot)
	if bundled := filepath.Join(root, caFile); target.CAFile == "" && target.URL == "" && exists(bundled) {
		target.CAFile = bundled
	}
	target.ApplicationName = "tenfold db " + request.Action
	connector, err := dbconnect.New(target, h.cloud)
	if err != nil {
		return dbaction.Runner{}, err
	}
	return dbaction.Runner{
		Connector: connector,
		Logins:    dbaction.Logins{Migrator: h.getenv(envMigratorLogin), App: h.getenv(envAppLogin)},
		Files:     os.DirFS(filepath.Join(root, "migrations")),
		Progress:  func(line string) { h.log.Info(line, "requestId", request.RequestID) },
	}, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
