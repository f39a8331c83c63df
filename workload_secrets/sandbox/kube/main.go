// Command kube is the Kubernetes API of the sandbox: kube-apiserver, the etcd it stores
// into and the controllers that deletion needs, in one binary.
//
//	kube etcd DATA_DIR CLIENT_URL PEER_URL             runs etcd
//	kube controllers [kube-controller-manager flags]   runs kube-controller-manager
//	kube [kube-apiserver flags]                        runs kube-apiserver
package main

import (
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "etcd" {
		if err := runEtcd(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "etcd:", err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "controllers" {
		os.Args = append(os.Args[:1], os.Args[2:]...)
		os.Exit(cli.Run(controllers.NewControllerManagerCommand()))
	}
	os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
}

func runEtcd(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: kube etcd DATA_DIR CLIENT_URL PEER_URL")
	}
	client, err := url.Parse(args[1])
	if err != nil {
		return err
	}
	peer, err := url.Parse(args[2])
	if err != nil {
		return err
	}
	config := embed.NewConfig()
	config.Dir = args[0]
	config.ListenClientUrls = []url.URL{*client}
	config.AdvertiseClientUrls = []url.URL{*client}
	config.ListenPeerUrls = []url.URL{*peer}
	config.AdvertisePeerUrls = []url.URL{*peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	// A rehearsal's data is thrown away, so a crash of the machine may lose it.
	config.UnsafeNoFsync = true
	config.LogLevel = "error"
	server, err := embed.StartEtcd(config)
	if err != nil {
		return err
	}
	defer server.Close()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	select {
	case <-stop:
		return nil
	case err := <-server.Err():
		return err
	}
}
