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
}
