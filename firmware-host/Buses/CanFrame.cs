using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Edge.Buses;

/// <summary>One CAN or CAN FD frame.</summary>
public struct CanFrame
{
    /// <summary>Identifier, 11 or 29 bits.</summary>
    public uint Id;

    /// <summary>Kind of frame.</summary>
    public CanFrameFlags Flags;

    /// <summary>Data bytes in use, 0..64.</summary>
    public byte Length;

    private CanData _data;

    /// <summary>The data bytes in use.</summary>
    [UnscopedRef]
    public Span<byte> Data => ((Span<byte>)_data)[..Length];

    /// <summary>Makes a frame from its parts; the data decides the length.</summary>
    public static CanFrame Create(uint id, ReadOnlySpan<byte> data, CanFrameFlags flags = CanFrameFlags.None)
    {
        var frame = new CanFrame { Id = id, Flags = flags, Length = checked((byte)data.Length) };
        data.CopyTo(frame.Data);
        return frame;
    }

    [InlineArray(64)]
    private struct CanData
    {
        private byte _first;
    }
}

/// <summary>Kind of a CAN frame.</summary>
[Flags]
public enum CanFrameFlags : byte
{
    /// <summary>Classic data frame, 11-bit identifier.</summary>
    None = 0,

    /// <summary>29-bit identifier.</summary>
    Extended = 1,

    /// <summary>Remote request.</summary>
    Remote = 2,

    /// <summary>CAN FD frame.</summary>
    FlexibleData = 4,

    /// <summary>CAN FD with the faster data rate (BRS).</summary>
    BitRateSwitch = 8,
}
