// The HTTP/2 of Go's own library as a peer. `peer` is a server on the port that it prints: it echoes bodies as they come, sends the request's
// X- fields as trailers, and closes on SIGTERM once the requests are answered. `peer PORT` is a client of a server that does the same: it
// fails with what went wrong.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/http2"
)

func main() {
	var err error
	if len(os.Args) > 1 {
		err = ask(os.Args[1])
	} else {
		err = serve()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	base := &http.Server{Handler: http.HandlerFunc(echo)}
	settings := &http2.Server{MaxConcurrentStreams: 100}
	if err := http2.ConfigureServer(base, settings); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		<-stop
		base.Shutdown(context.Background())
	}()
	wire, err := listener.Accept()
	if err != nil {
		return err
	}
	settings.ServeConn(wire, &http2.ServeConnOpts{BaseConfig: base})
	return nil
}

func echo(writer http.ResponseWriter, request *http.Request) {
	writer.WriteHeader(200)
	writer.(http.Flusher).Flush()
	buffer := make([]byte, 10_000)
	for {
		count, err := request.Body.Read(buffer)
		if _, failed := writer.Write(buffer[:count]); failed != nil {
			return
		}
		writer.(http.Flusher).Flush()
		if err != nil {
			break
		}
	}
	for name, values := range request.Header {
		if strings.HasPrefix(name, "X-") {
			writer.Header()[http.TrailerPrefix+name] = values
		}
	}
}

func ask(port string) error {
	transport := &http2.Transport{
		AllowHTTP: true,
		DialTLSContext: func(context.Context, string, string, *tls.Config) (net.Conn, error) {
			return net.Dial("tcp", "127.0.0.1:"+port)
		},
		DisableCompression: true,
		// It asks whether the server is alive whenever it hears nothing for so long.
		ReadIdleTimeout: time.Millisecond,
	}
	wire, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		return err
	}
	conn, err := transport.NewClientConn(wire)
	if err != nil {
		return err
	}
	for _, size := range []int{0, 1, 1000, 16_383, 16_384, 16_385, 65_535, 65_536, 1_000_000, 5_000_000} {
		if err := exchange(conn, "/", size, "v"); err != nil {
			return err
		}
	}
	if err := exchange(conn, "/", 10, strings.Repeat("long ", 8_000)+"."); err != nil {
		return err
	}
	if err := together(500, func(index int) error { return exchange(conn, "/", index*100, fmt.Sprint(index)) }); err != nil {
		return err
	}
	if err := together(1000, func(index int) error { return giveUp(conn) }); err != nil {
		return err
	}
	if err := conn.Ping(context.Background()); err != nil {
		return err
	}
	time.Sleep(20 * time.Millisecond)
	// The server closes with the last of these; what has begun is answered nevertheless.
	finish := make(chan struct{})
	begun := make(chan struct{}, 50)
	go func() {
		for range 50 {
			<-begun
		}
		exchange(conn, "/close", 10_000, "last")
		for deadline := time.Now().Add(10 * time.Second); conn.CanTakeNewRequest() && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		close(finish)
	}()
	if err := together(50, func(index int) error { return outlast(conn, begun, finish) }); err != nil {
		return err
	}
	if conn.CanTakeNewRequest() {
		return fmt.Errorf("the connection still takes requests after the server's goodbye")
	}
	return nil
}

func together(count int, do func(index int) error) error {
	errs := make(chan error, count)
	var all sync.WaitGroup
	for index := range count {
		all.Go(func() { errs <- do(index) })
	}
	all.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func exchange(conn *http2.ClientConn, path string, size int, field string) error {
	body := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
	request, err := http.NewRequest("POST", "http://localhost"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("X-Field", field)
	response, err := conn.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("%d bytes: %w", size, err)
	}
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("%d bytes: %w", size, err)
	}
	if !bytes.Equal(answer, body) {
		return fmt.Errorf("%d bytes: %d other bytes came back", size, len(answer))
	}
	if response.StatusCode != 200 || response.Trailer.Get("X-Field") != field {
		return fmt.Errorf("%d bytes: status %d, trailers %.100v", size, response.StatusCode, response.Trailer)
	}
	return nil
}

// Begins a request, and ends it when it is told to.
func outlast(conn *http2.ClientConn, begun chan<- struct{}, finish <-chan struct{}) error {
	reader, writer := io.Pipe()
	request, err := http.NewRequest("POST", "http://localhost/", reader)
	if err != nil {
		return err
	}
	response, err := conn.RoundTrip(request)
	begun <- struct{}{}
	if err != nil {
		return fmt.Errorf("a request before the goodbye: %w", err)
	}
	<-finish
	go func() {
		writer.Write([]byte("the end"))
		writer.Close()
	}()
	answer, err := io.ReadAll(response.Body)
	if err != nil || string(answer) != "the end" {
		return fmt.Errorf("a request before the goodbye: %q, %w", answer, err)
	}
	return nil
}

func giveUp(conn *http2.ClientConn) error {
	giveUp, cancel := context.WithCancel(context.Background())
	defer cancel()
	reader, writer := io.Pipe()
	defer writer.Close()
	request, err := http.NewRequestWithContext(giveUp, "POST", "http://localhost/", reader)
	if err != nil {
		return err
	}
	response, err := conn.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("a request that is given up: %w", err)
	}
	cancel()
	response.Body.Close()
	return nil
}
