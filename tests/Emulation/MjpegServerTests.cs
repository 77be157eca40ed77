using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Edge.Hil.Camera;
using Xunit;

namespace Edge.Tests.Emulation;

public sealed class MjpegServerTests : IDisposable
{
    private readonly MjpegServer _server = new(0, "front", "wrist");

    public void Dispose() => _server.Dispose();

    [Fact]
    public void EachClientGetsThePicturesOfItsCameraByteForByte()
    {
        using var first = new Client(_server.Port, "/front.mjpg");
        using var second = new Client(_server.Port, "/front.mjpg?x=1");
        using var other = new Client(_server.Port, "/wrist.mjpg");
        Assert.Contains("multipart/x-mixed-replace; boundary=frame", first.Header, StringComparison.Ordinal);

        foreach (var length in new[] { 10, 50_000, 1, 200_000 })
        {
            var picture = Picture(length);
            _server.Camera("front").Publish(picture);
            Assert.Equal(picture, first.NextPart());
            Assert.Equal(picture, second.NextPart());
        }

        _server.Camera("wrist").Publish([7]);
        Assert.Equal([7], other.NextPart());
        Assert.Equal(4, _server.Camera("front").Published);
    }

    [Fact]
    public void ALateClientGetsTheNewestPictureAtOnce()
    {
        _server.Camera("front").Publish([1]);
        _server.Camera("front").Publish([2]);
        using var client = new Client(_server.Port, "/front.mjpg");
        Assert.Equal([2], client.NextPart());
    }

    [Fact]
    public void APausedCameraKeepsItsConnectionsAndSendsNothing()
    {
        using var client = new Client(_server.Port, "/front.mjpg");
        _server.Camera("front").Publish([1]);
        Assert.Equal([1], client.NextPart());

        _server.Camera("front").Pause();
        _server.Camera("front").Publish([2]);
        using var late = new Client(_server.Port, "/front.mjpg");
        Assert.StartsWith("HTTP/1.0 200", late.Header, StringComparison.Ordinal);

        _server.Camera("front").Resume();
        _server.Camera("front").Publish([3]);
        Assert.Equal([3], client.NextPart()); // 2 was never sent
    }

    [Fact]
    public void AStoppedCameraClosesItsConnectionsAndTurnsNewOnesAway()
    {
        using var client = new Client(_server.Port, "/front.mjpg");
        using var other = new Client(_server.Port, "/wrist.mjpg");
        _server.Camera("front").Stop();
        Assert.Null(client.NextPart());
        using (var late = new Client(_server.Port, "/front.mjpg"))
            Assert.StartsWith("HTTP/1.0 503", late.Header, StringComparison.Ordinal);

        _server.Camera("wrist").Publish([5]);
        Assert.Equal([5], other.NextPart());

        _server.Camera("front").Resume();
        _server.Camera("front").Publish([6]);
        using var again = new Client(_server.Port, "/front.mjpg");
        Assert.Equal([6], again.NextPart());
    }

    [Theory]
    [InlineData("GET /back.mjpg HTTP/1.1\r\n\r\n", "HTTP/1.0 404")]
    [InlineData("POST /front.mjpg HTTP/1.1\r\n\r\n", "HTTP/1.0 400")]
    [InlineData("\r\n\r\n", "HTTP/1.0 400")]
    public void WrongRequestsGetAnError(string request, string status)
    {
        using var client = new Client(_server.Port, null, request);
        Assert.StartsWith(status, client.Header, StringComparison.Ordinal);
    }

    [Fact]
    public void AnEndlessRequestIsNotReadForEver()
    {
        using var client = new Client(_server.Port, null, new string('x', 5000));
        Assert.True(client.Header.Length == 0 || client.Header.StartsWith("HTTP/1.0 400", StringComparison.Ordinal));
    }

    [Fact]
    public void AClientThatDoesNotReadDelaysNobody()
    {
        using var lazy = new Client(_server.Port, "/front.mjpg");
        using var client = new Client(_server.Port, "/front.mjpg");
        for (var i = 0; i < 50; i++)
        {
            var picture = Picture(300_000 + i);
            _server.Camera("front").Publish(picture);
            Assert.Equal(picture.Length, client.NextPart()!.Length);
        }
    }

    [Fact]
    public void PlacesOfClientsThatLeftComeBack()
    {
        for (var round = 0; round < 40; round++)
        {
            _server.Camera("front").Publish([(byte)round]);
            using var client = new Client(_server.Port, "/front.mjpg");
            Assert.StartsWith("HTTP/1.0 200", client.Header, StringComparison.Ordinal);
            Assert.Equal([(byte)round], client.NextPart()!);
            _server.Camera("front").Stop();
            Assert.Null(client.NextPart());
            _server.Camera("front").Resume();
        }
    }

    [Fact]
    public void FfmpegReadsTheStream()
    {
        // Two pictures of known size out of ffmpeg, back into ffmpeg through the server.
        var jpeg = Run("ffmpeg", "-v error -f lavfi -i testsrc=size=64x48:rate=1 -frames:v 1 -f image2pipe -c:v mjpeg -");
        using var stop = new CancellationTokenSource();
        var publisher = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                _server.Camera("front").Publish(jpeg);
                Thread.Sleep(20);
            }
        });
        publisher.Start();
        try
        {
            var raw = Run("ffmpeg", $"-v error -f mpjpeg -i {_server.Address("front")} -frames:v 2 -f rawvideo -pix_fmt rgb24 -");
            Assert.Equal(2 * 64 * 48 * 3, raw.Length);
            raw = Run("ffmpeg", $"-v error -i {_server.Address("front")} -frames:v 2 -f rawvideo -pix_fmt rgb24 -"); // format found by itself
            Assert.Equal(2 * 64 * 48 * 3, raw.Length);
        }
        finally
        {
            stop.Cancel();
            publisher.Join();
        }
    }

    private static byte[] Picture(int length)
    {
        var picture = new byte[length];
        new Random(length).NextBytes(picture);
        return picture;
    }

    private static byte[] Run(string program, string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.ToArray();
    }

    /// <summary>A plain HTTP client.</summary>
    private sealed class Client : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 20_000 };
        private readonly BufferedStream _stream;

        public Client(int port, string? path, string? request = null)
        {
            _socket.Connect(IPAddress.Loopback, port);
            _stream = new BufferedStream(new NetworkStream(_socket));
            _socket.Send(Encoding.ASCII.GetBytes(request ?? $"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            Header = ReadHead();
        }

        public string Header { get; }

        /// <summary>The next part's data; null when the server closed the connection.</summary>
        public byte[]? NextPart()
        {
            var head = ReadHead();
            if (head.Length == 0)
                return null;

            Assert.StartsWith("--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ", head, StringComparison.Ordinal);
            var data = new byte[int.Parse(head.Split(' ')[^1], CultureInfo.InvariantCulture)];
            _stream.ReadExactly(data);
            Assert.Equal('\r', _stream.ReadByte());
            Assert.Equal('\n', _stream.ReadByte());
            return data;
        }

        public void Dispose()
        {
            _stream.Dispose();
            _socket.Dispose();
        }

        private string ReadHead()
        {
            var head = new StringBuilder();
            try
            {
                while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
                {
                    var value = _stream.ReadByte();
                    if (value < 0)
                        return "";
                    head.Append((char)value);
                }
            }
            catch (IOException)
            {
                return ""; // reset by the server
            }

            return head.ToString();
        }
    }
}
