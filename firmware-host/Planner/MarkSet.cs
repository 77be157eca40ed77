using Edge.Api;

namespace Edge.Planner;

/// <summary>What the vision encoder marked in a picture, without what it is not sure enough of. Allocates nothing.</summary>
/// <param name="values"><see cref="Mark.ValueCount"/> numbers a mark.</param>
internal readonly ref struct MarkSet(ReadOnlySpan<float> values)
{
    /// <summary>A mark of at least this score is a thing.</summary>
    private const float LeastScore = 0.15f;

    private readonly ReadOnlySpan<float> _values = values;

    /// <summary>Nothing was looked for: the package marks nothing, or there is no picture.</summary>
    public bool IsEmpty => _values.IsEmpty;

    /// <summary>Distance, per mille of the picture, from a point to the nearest object; infinite where there is none.</summary>
    public double ToNearestObject(ArgumentValue point) => ToNearest(point, areas: false, objects: true);

    /// <summary>Likewise, to the nearest area's middle.</summary>
    public double ToNearestArea(ArgumentValue point) => ToNearest(point, areas: true, objects: false);

    /// <summary>Likewise, to whatever is nearest.</summary>
    public double ToNearest(ArgumentValue point) => ToNearest(point, areas: true, objects: true);

    /// <summary>Goes through the marks.</summary>
    public Enumerator GetEnumerator() => new(_values);

    private double ToNearest(ArgumentValue point, bool areas, bool objects)
    {
        var nearest = double.PositiveInfinity;
        foreach (var mark in this)
        {
            if (mark.IsArea ? areas : objects)
                nearest = Math.Min(nearest, point.DistanceTo(mark.Point));
        }

        return nearest;
    }

    /// <summary>Goes through the marks.</summary>
    public ref struct Enumerator(ReadOnlySpan<float> values)
    {
        private readonly ReadOnlySpan<float> _values = values;
        private int _next;

        /// <summary>The mark here.</summary>
        public readonly Mark Current => new(_values.Slice(_next - Mark.ValueCount, Mark.ValueCount));

        /// <summary>To the next one.</summary>
        public bool MoveNext()
        {
            while (_next < _values.Length)
            {
                _next += Mark.ValueCount;
                if (Current.Score >= LeastScore)
                    return true;
            }

            return false;
        }
    }
}

/// <summary>One of them.</summary>
/// <param name="values">Its numbers: the point, per mille of the picture; a score, 0..1; 1 for a flat area, 0 for an object; colour, shape (see <see cref="MarkNames"/>) and how sure these are, 0..1.</param>
internal readonly ref struct Mark(ReadOnlySpan<float> values)
{
    /// <summary>Numbers that describe a mark.</summary>
    public const int ValueCount = 7;

    private readonly ReadOnlySpan<float> _values = values;

    /// <summary>Where the thing touches what it stands on, or the middle of the area.</summary>
    public ArgumentValue Point => new(0, (int)_values[0], (int)_values[1]);

    /// <summary>How sure it is that there is something.</summary>
    public float Score => _values[2];

    /// <summary>Something flat that things are put on.</summary>
    public bool IsArea => _values[3] != 0;

    /// <summary>Index of the colour's name.</summary>
    public int Colour => (int)_values[4];

    /// <summary>Index of the shape's name.</summary>
    public int Shape => (int)_values[5];

    /// <summary>How sure the names are.</summary>
    public float Certainty => _values[6];
}
