// Command dbmigrate is `tenfold db` as a Lambda function in the VPC of the
// database. The event names the action; where the database is comes from the
// function's environment alone, so that whoever may invoke the function cannot
// point it elsewhere. The migrations lie beside the program in its package.
package main

import (
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/tenfold-iac/tenfold/internal/dbconnect"
)

func main() {
	h := handler{
		getenv: os.Getenv,
		cloud:  dbconnect.AWS(),
		log:    slog.New(slog.NewJSONHandler(os.Stdout, nil)),
	}
	lambda.Start(h.handle)
}
