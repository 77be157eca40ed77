namespace Edge.Cameras;

/// <summary>One open video source. Blocks; belongs to one thread. See <see cref="CameraReader"/> for a camera that never makes anyone wait.</summary>
public sealed class VideoCapture : IDisposable
{
    private readonly CaptureHandle _handle;

    private VideoCapture(CaptureHandle handle) => _handle = handle;

    /// <summary>Frames a second that the source claims; 0 where it does not say.</summary>
    public double RateHz => VisionLibrary.RateHz(_handle);

    /// <summary>
    /// Opens a URL, a file, a V4L2 device (/dev/video0), or a GStreamer pipeline after "gst:". Null: it cannot be opened, and
    /// <paramref name="error"/> says why. The time-out (seconds) holds for opening and for each frame of URLs and files.
    /// </summary>
    public static VideoCapture? TryOpen(string source, int widthPx, int heightPx, double timeoutSeconds, out string error)
    {
        var timeoutMs = (int)Math.Clamp(timeoutSeconds * 1000, 1, 600_000);
        var handle = VisionLibrary.Open(source, widthPx, heightPx, timeoutMs, timeoutMs);
        error = handle.IsInvalid ? VisionLibrary.LastError() : "";
        if (!handle.IsInvalid)
            return new VideoCapture(handle);
        handle.Dispose();
        return null;
    }

    /// <summary>
    /// Waits for the next frame and writes its pixels; allocates nothing. False: the source has ended, is lost, was silent for too long, or sends
    /// pictures of another shape; <see cref="LastError"/> says which.
    /// </summary>
    public unsafe bool TryRead(CameraFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        fixed (byte* bgr = frame.Bgr)
            return VisionLibrary.Read(_handle, bgr, frame.WidthPx, frame.HeightPx) == 0;
    }

    /// <summary>Why the last <see cref="TryRead"/> of this thread failed.</summary>
    public static string LastError => VisionLibrary.LastError();

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
