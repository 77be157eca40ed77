namespace Edge.Realtime;

/// <summary>
/// Keeps every core out of the sleep states that it wakes from late, for as long as this is open: a request for 0 µs in <see cref="Device"/>, which the kernel
/// forgets when the file is closed, however the process ends.
/// </summary>
public sealed class WakeLatency : IDisposable
{
    /// <summary>Where the kernel takes such requests.</summary>
    public const string Device = "/dev/cpu_dma_latency";

    private FileStream? _request;

    /// <summary>Asks for 0 µs. Null, or one sentence that says what was refused and what grants it.</summary>
    public string? Hold(string device = Device)
    {
        try
        {
            _request = Open(device);
            _request.Write(stackalloc byte[sizeof(int)]); // a binary int of microseconds
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{device} was refused ({e.Message}): run as root or install the udev rules ('edge check' shows more). Cores may sleep deeply and wake the loop late.";
        }
    }

    /// <summary>Opens the device for writing; open and unwritten it asks for nothing.</summary>
    public static FileStream Open(string device) => new(device, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

    /// <inheritdoc/>
    public void Dispose() => _request?.Dispose();
}
