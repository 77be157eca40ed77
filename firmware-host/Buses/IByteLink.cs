namespace Edge.Buses;

/// <summary>A byte stream that never blocks: a serial port, a pty, or the rig's in-memory pair.</summary>
public interface IByteLink : IDisposable
{
    /// <summary>Reads what is there now. Returns the count, 0 when there is nothing, -1 when the link is broken for good.</summary>
    int Read(Span<byte> buffer);

    /// <summary>Writes what fits now. Returns the count, which may be short, or -1 when the link is broken for good.</summary>
    int Write(ReadOnlySpan<byte> data);
}
