using Edge.Realtime;
using Edge.Robots;

namespace Edge.Cameras;

/// <summary>
/// Keeps a camera open and hands its newest frame to each of its consumers. Opening, waiting and reconnecting happen on a thread of its own, of
/// ordinary priority; nothing here makes a consumer wait. In steady state it allocates nothing.
/// </summary>
public sealed class CameraReader : IDisposable
{
    private const int FirstRetryMs = 100;
    private const int LongestRetryMs = 2000;

    private readonly CameraDescription _camera;
    private readonly IClock _clock;
    private readonly LatestMailbox<CameraFrame>[] _consumers;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private long _lastFrameNs;
    private long _frames;
    private long _connections;
    private string _error = "not connected yet";

    /// <summary>Starts to look for the camera. Each consumer has a mailbox, because a mailbox has one reader.</summary>
    public CameraReader(CameraDescription camera, IClock clock, int consumers = 1)
    {
        ArgumentNullException.ThrowIfNull(camera);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentOutOfRangeException.ThrowIfLessThan(consumers, 1);
        (_camera, _clock) = (camera, clock);
        _consumers = new LatestMailbox<CameraFrame>[consumers];
        for (var i = 0; i < consumers; i++)
            _consumers[i] = new(() => new CameraFrame(camera.WidthPx, camera.HeightPx));
        _thread = new Thread(Run) { IsBackground = true, Name = $"camera {camera.Name}" };
        _thread.Start();
    }

    /// <summary>When the newest frame arrived, ns; 0 before the first. Any thread may read it.</summary>
    public long LastFrameNs => Volatile.Read(ref _lastFrameNs);

    /// <summary>Frames received since start.</summary>
    public long Frames => Volatile.Read(ref _frames);

    /// <summary>How often the camera was opened since start.</summary>
    public long Connections => Volatile.Read(ref _connections);

    /// <summary>Why the camera is not delivering; empty while it does.</summary>
    public string Error => Volatile.Read(ref _error);

    /// <summary>The newest frame of one consumer.</summary>
    public LatestMailbox<CameraFrame> Mailbox(int consumer = 0) => _consumers[consumer];

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
        var retryMs = FirstRetryMs;
        while (!_stop.IsSet)
        {
            var before = _frames;
            Volatile.Write(ref _error, ReadUntilLost());
            if (_frames != before)
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
            var first = _consumers[0].WriteSlot;
            if (!capture.TryRead(first))
                return;
            first.TimeNs = _clock.NowNs;
            first.Sequence = _frames + 1;
            for (var i = _consumers.Length - 1; i >= 0; i--)
            {
                var slot = _consumers[i].WriteSlot;
                if (i > 0)
                {
                    first.Bgr.CopyTo(slot.Bgr.AsSpan());
                    (slot.TimeNs, slot.Sequence) = (first.TimeNs, first.Sequence);
                }

                _consumers[i].Publish();
            }

            Volatile.Write(ref _lastFrameNs, _clock.NowNs);
            Volatile.Write(ref _frames, _frames + 1);
            if (_error.Length != 0)
                Volatile.Write(ref _error, "");
            if (pauseMs > 0)
                _stop.Wait(pauseMs);
        }
    }

    private static bool IsRecording(string source) =>
        !source.StartsWith("gst:", StringComparison.Ordinal) && !source.StartsWith("/dev/", StringComparison.Ordinal) && !source.Contains("://", StringComparison.Ordinal);
}
