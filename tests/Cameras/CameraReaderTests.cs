using System.Diagnostics;
using Edge.Cameras;
using Edge.Hil.RealTime;
using Edge.Realtime;
using Edge.Robots;
using Xunit;

namespace Edge.Tests.Cameras;

/// <summary>Capture from files and from ffmpeg's own HTTP server, through the loss of it and its return.</summary>
public sealed class CameraReaderTests
{
    // Generous: the machine may be busy. Nothing here asserts how long anything took.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void A_file_is_read_to_its_end()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "video.avi");
        ForeignVideo.Write(path, 7);
        using var capture = VideoCapture.TryOpen(path, 160, 120, 10, out var error);
        Assert.Equal("", error);
        Assert.Equal(25, capture!.RateHz, 0.1);
        var frame = new CameraFrame(160, 120);
        for (var i = 0; i < 7; i++)
        {
            Assert.True(capture.TryRead(frame), VideoCapture.LastError);
            AssertColour(frame);
        }

        Assert.False(capture.TryRead(frame));
        Assert.NotEqual("", VideoCapture.LastError);
    }

    [Fact]
    public void A_frame_of_the_same_shape_is_scaled_and_one_of_another_shape_is_refused()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "video.avi");
        ForeignVideo.Write(path, 2);
        using var capture = VideoCapture.TryOpen(path, 80, 60, 10, out _);
        var half = new CameraFrame(80, 60);
        Assert.True(capture!.TryRead(half), VideoCapture.LastError);
        AssertColour(half);
        Assert.False(capture.TryRead(new CameraFrame(160, 160)));
        Assert.Contains("160 x 120", VideoCapture.LastError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/nonexistent/video.avi")]
    [InlineData("/dev/video99")]
    [InlineData("gst:nonsense ! appsink")]
    [InlineData("http://127.0.0.1:1/none.mjpg")]
    public void A_source_that_cannot_be_opened_is_named(string source)
    {
        Assert.Null(VideoCapture.TryOpen(source, 160, 120, 1, out var error));
        Assert.Contains(source, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_camera_over_http_is_found_lost_and_found_again()
    {
        var port = LoopbackPort.Next();
        var seen = new Latest();

        // Nobody listens yet.
        using var reader = new CameraReader(Camera(ForeignVideo.Url(port)), new MonotonicClock(), seen.Take);
        WaitUntil(() => reader.Error.Contains("cannot open", StringComparison.Ordinal));
        Assert.Equal(0, reader.LastFrameNs);

        var server = ForeignVideo.Serve(port);
        try
        {
            WaitUntil(() => seen.Count > 10);
            Assert.Equal("", reader.Error);
            Assert.Equal(1, reader.Connections);
            Assert.InRange(reader.LastFrameNs, 1, new MonotonicClock().NowNs);
            Assert.True(seen.InOrder);
            AssertColour(seen.Frame);
        }
        finally
        {
            ForeignVideo.Stop(server);
        }

        WaitUntil(() => reader.Error.Length > 0);
        var before = seen.Count;
        server = ForeignVideo.Serve(port);
        try
        {
            WaitUntil(() => seen.Count > before + 5);
            Assert.InRange(reader.Connections, 2, long.MaxValue);
        }
        finally
        {
            ForeignVideo.Stop(server);
        }
    }

    [Fact]
    public void A_server_that_falls_silent_counts_as_lost_after_the_time_out()
    {
        var port = LoopbackPort.Next();
        var seen = new Latest();
        var server = ForeignVideo.Serve(port);
        try
        {
            using var reader = new CameraReader(Camera(ForeignVideo.Url(port)), new MonotonicClock(), seen.Take);
            WaitUntil(() => seen.Count > 3);
            using (var stop = Process.Start("kill", $"-STOP {server.Id}"))
                stop.WaitForExit();
            WaitUntil(() => reader.Error.Length > 0);
        }
        finally
        {
            ForeignVideo.Stop(server);
        }
    }

    [Fact]
    public void A_recording_is_repeated()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "video.avi");
        ForeignVideo.Write(path, 3);
        var seen = new Latest();
        using var reader = new CameraReader(Camera(path), new MonotonicClock(), seen.Take);
        WaitUntil(() => seen.Count > 6);
        Assert.True(seen.InOrder);
    }

    // The time-out bears a machine that was busy elsewhere: ffmpeg serves one client, so a camera given up too soon is gone for good.
    private static CameraDescription Camera(string source) => new("front", source, 160, 120, 0.5, [1, 0, 1], [0, 0, 0], TimeoutSeconds: 5);

    private static void AssertColour(CameraFrame frame)
    {
        for (var i = 0; i < frame.Bgr.Length; i += 3)
        {
            Assert.InRange(frame.Bgr[i], 0xC8 - 6, 0xC8 + 6);
            Assert.InRange(frame.Bgr[i + 1], 0x64 - 6, 0x64 + 6);
            Assert.InRange(frame.Bgr[i + 2], 0x32 - 6, 0x32 + 6);
        }
    }

    private static void WaitUntil(Func<bool> condition)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, "It did not happen.");
            Thread.Sleep(10);
        }
    }

    private sealed class Latest
    {
        private long _count;

        public long Count => Volatile.Read(ref _count);

        public CameraFrame Frame { get; } = new(160, 120);

        public bool InOrder { get; private set; } = true;

        public void Take(CameraFrame frame)
        {
            InOrder &= frame.Sequence == _count + 1 && frame.TimeNs >= Frame.TimeNs;
            frame.Bgr.CopyTo(Frame.Bgr, 0);
            Frame.TimeNs = frame.TimeNs;
            Volatile.Write(ref _count, frame.Sequence);
        }
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("edge-camera-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
