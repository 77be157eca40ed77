namespace Edge.Cameras;

/// <summary>One picture, 8-bit BGR, rows top to bottom without padding. Reused.</summary>
public sealed class CameraFrame(int widthPx, int heightPx)
{
    /// <summary>Width, pixels.</summary>
    public int WidthPx { get; } = widthPx;

    /// <summary>Height, pixels.</summary>
    public int HeightPx { get; } = heightPx;

    /// <summary>Bytes, blue green red, <c>WidthPx * HeightPx * 3</c>.</summary>
    public byte[] Bgr { get; } = new byte[widthPx * heightPx * 3];

    /// <summary>When it was received.</summary>
    public long TimeNs { get; set; }

    /// <summary>Number since start, from 1; 0: never filled.</summary>
    public long Sequence { get; set; }

    /// <summary>Takes over another picture of the same size.</summary>
    public void CopyFrom(CameraFrame other)
    {
        StampLike(other);
        other.Bgr.CopyTo(Bgr, 0);
    }

    /// <summary>Takes over when another was received, and its number.</summary>
    public void StampLike(CameraFrame other)
    {
        ArgumentNullException.ThrowIfNull(other);
        (TimeNs, Sequence) = (other.TimeNs, other.Sequence);
    }
}
