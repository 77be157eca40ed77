using Edge.Realtime;
using Edge.Robots;

namespace Edge.Cameras;

/// <summary>
/// Keeps a camera open and hands on every frame. Opening, waiting and reconnecting happen on a thread of its own, of ordinary priority, so that
/// nobody else waits for a camera. In steady state it allocates nothing.
/// </summary>
public sealed class CameraReader : IDisposable
{
    private const int FirstRetryMs = 100;
    private const int LongestRetryMs = 2000;

    private readonly CameraDescription _camera;
    private readonly IClock _clock;
    private readonly Action<CameraFrame> _onFrame;
    private readonly CameraFrame _frame;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private long _lastFrameNs;
    private long _connections;
    private string _error = "not connected yet";

    /// <summary>
    /// Starts to look for the camera. <paramref name="onFrame"/> is called on the reader's thread with a frame that is reused as soon as it
    /// returns: it copies what it wants, into a mailbox for each consumer.
    /// </summary>
    public CameraReader(CameraDescription camera, IClock clock, Action<CameraFrame> onFrame)
    {
        ArgumentNullException.ThrowIfNull(camera);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(onFrame);
        (_camera, _clock, _onFrame) = (camera, clock, onFrame);
        _frame = new CameraFrame(camera.WidthPx, camera.HeightPx);
        _thread = new Thread(Run) { IsBackground = true, Name = $"camera {camera.Name}" };
        _thread.Start();
    }

    /// <summary>When the newest frame arrived, ns; 0 before the first. Any thread may read it.</summary>
    public long LastFrameNs => Volatile.Read(ref _lastFrameNs);

    /// <summary>How often the camera was opened since start.</summary>
    public long Connections => Volatile.Read(ref _connections);

    /// <summary>Why the camera is not delivering; empty while it does.</summary>
    public string Error => Volatile.Read(ref _error);

    /// <summary>Ends the thread; waits for a frame under way at most as long as the camera's time-out.</summary>
    public void Dispose()
    {
        if (_stop.IsSet)
            return;
        _stop.Set();
        if (_thread.Join(TimeSpan.FromSeconds(_camera.TimeoutSeconds + 1)))
            _stop.Dispose();
    }

    private void Run()
    {
        Scheduling.ShowName();
        var retryMs = FirstRetryMs;
        while (!_stop.IsSet)
        {
            var before = _frame.Sequence;
            Volatile.Write(ref _error, ReadUntilLost());
            if (_frame.Sequence != before)
                retryMs = FirstRetryMs;
            _stop.Wait(retryMs);
            retryMs = Math.Min(2 * retryMs, LongestRetryMs);
        }
    }

    /// <summary>Opens the camera and reads until it is lost; returns why.</summary>
    private string ReadUntilLost()
    {
        using var capture = VideoCapture.TryOpen(_camera.Source, _camera.WidthPx, _camera.HeightPx, _camera.TimeoutSeconds, out var error);
        if (capture is null)
            return error;
        Volatile.Write(ref _connections, _connections + 1);
        ReadAll(capture);
        return VideoCapture.LastError;
    }

    private void ReadAll(VideoCapture capture)
    {
        // A recording comes as fast as it is read: play it at its own rate.
        var pauseMs = IsRecording(_camera.Source) && capture.RateHz > 0 ? (int)(1000 / capture.RateHz) : 0;
        while (!_stop.IsSet)
        {
            if (!capture.TryRead(_frame))
                return;
            _frame.TimeNs = _clock.NowNs;
            _frame.Sequence++;
            _onFrame(_frame);
            Volatile.Write(ref _lastFrameNs, _frame.TimeNs);
            if (_error.Length != 0)
                Volatile.Write(ref _error, "");
            if (pauseMs > 0)
                _stop.Wait(pauseMs);
        }
    }

    private static bool IsRecording(string source) =>
        !source.StartsWith("gst:", StringComparison.Ordinal) && !source.StartsWith("/dev/", StringComparison.Ordinal) && !source.Contains("://", StringComparison.Ordinal);
}
