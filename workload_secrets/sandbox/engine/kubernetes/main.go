// Command kubernetes is Pulumi's Kubernetes provider, built from its module.
//
// The module lacks two files that its own main.go embeds: its build makes them of schema.json and
// terraform-mapping.json, by writing both anew with the version in them. Here these two are embedded
// as they are; the build places them beside this file.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var mapping []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, mapping)
}
