namespace Edge.Hil.Data;

/// <summary>Makes a picture smaller: each new pixel is the mean of the part of the old picture that it covers.</summary>
public sealed class AreaResize
{
    private readonly int _fromWidth, _fromHeight, _toWidth, _toHeight;
    private readonly (int First, float[] Weights)[] _columns, _rows;
    private readonly float[] _row;

    /// <summary>Prepares for one pair of sizes, pixels.</summary>
    public AreaResize(int fromWidth, int fromHeight, int toWidth, int toHeight)
    {
        (_fromWidth, _fromHeight, _toWidth, _toHeight) = (fromWidth, fromHeight, toWidth, toHeight);
        _columns = Cover(fromWidth, toWidth);
        _rows = Cover(fromHeight, toHeight);
        _row = new float[fromWidth * 3];
    }

    /// <summary>Resizes a BGR picture and turns it into RGB.</summary>
    public void BgrToRgb(ReadOnlySpan<byte> bgr, Span<byte> rgb)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bgr.Length, _fromWidth * _fromHeight * 3, nameof(bgr));
        for (var y = 0; y < _toHeight; y++)
        {
            Array.Clear(_row);
            var (firstRow, rowWeights) = _rows[y];
            for (var k = 0; k < rowWeights.Length; k++)
            {
                var source = bgr.Slice((firstRow + k) * _fromWidth * 3, _fromWidth * 3);
                var weight = rowWeights[k];
                for (var i = 0; i < source.Length; i++)
                    _row[i] += weight * source[i];
            }

            var target = rgb.Slice(y * _toWidth * 3, _toWidth * 3);
            for (var x = 0; x < _toWidth; x++)
            {
                var (firstColumn, weights) = _columns[x];
                float b = 0, g = 0, r = 0;
                for (var k = 0; k < weights.Length; k++)
                {
                    var at = (firstColumn + k) * 3;
                    b += weights[k] * _row[at];
                    g += weights[k] * _row[at + 1];
                    r += weights[k] * _row[at + 2];
                }

                (target[x * 3], target[(x * 3) + 1], target[(x * 3) + 2]) = ((byte)(r + 0.5f), (byte)(g + 0.5f), (byte)(b + 0.5f));
            }
        }
    }

    /// <summary>For each new pixel, the old ones that it covers and how much of each, adding up to 1.</summary>
    private static (int First, float[] Weights)[] Cover(int from, int to)
    {
        var scale = (double)from / to;
        var cover = new (int, float[])[to];
        for (var i = 0; i < to; i++)
        {
            double low = i * scale, high = (i + 1) * scale;
            var first = (int)low;
            var last = Math.Min(from - 1, (int)Math.Ceiling(high) - 1);
            var weights = new float[last - first + 1];
            for (var k = first; k <= last; k++)
                weights[k - first] = (float)((Math.Min(high, k + 1) - Math.Max(low, k)) / scale);
            cover[i] = (first, weights);
        }

        return cover;
    }
}
