namespace Edge.Buses;

/// <summary>A CAN bus that never blocks: SocketCAN, or an SLCAN adapter on a byte link.</summary>
public interface ICanBus : IDisposable
{
    /// <summary>Queues one frame. False when it was not taken (full or broken); the counters say why.</summary>
    bool TrySend(in CanFrame frame);

    /// <summary>Hands what is queued to the operating system in as few system calls as possible. Call once a tick after the last send.</summary>
    void Flush();

    /// <summary>Takes one received frame, if there is one.</summary>
    bool TryReceive(out CanFrame frame);

    /// <summary>Counters since start: sent, received, refused, malformed.</summary>
    CanCounters Counters { get; }
}

/// <summary>What a bus did since start, in frames; <see cref="Broken"/> when the device is gone.</summary>
public readonly record struct CanCounters(long Sent, long Received, long Refused, long Malformed, bool Broken);
