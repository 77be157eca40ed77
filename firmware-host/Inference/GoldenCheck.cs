using System.Globalization;

namespace Edge.Inference;

/// <summary>
/// Compares what a model says here with what it said on the processor where its package was made. Half precision, another library or another device change the
/// last digits; a wrong kernel, a broken engine or stale inputs change the direction of the whole.
/// </summary>
public sealed class GoldenCheck(string path)
{
    /// <summary>Least cosine between the outputs here and the stored ones.</summary>
    public const double LeastCosine = 0.999;

    /// <summary>A cosine is blind to scale: the lengths may differ by this share.</summary>
    public const double LengthTolerance = 0.05;

    /// <summary>The least cosine so far; 1 before the first comparison.</summary>
    public double Cosine { get; private set; } = 1;

    /// <summary>Compares one output.</summary>
    /// <exception cref="ModelException">They differ; the message says by how much.</exception>
    public void Compare(string name, ReadOnlySpan<float> found, ReadOnlySpan<float> expected)
    {
        if (found.Length != expected.Length)
            throw new ModelException($"{path}: {name}: found {found.Length} values, allowed {expected.Length}");
        double dot = 0, foundSquares = 0, expectedSquares = 0;
        for (var i = 0; i < found.Length; i++)
        {
            dot += (double)found[i] * expected[i];
            foundSquares += (double)found[i] * found[i];
            expectedSquares += (double)expected[i] * expected[i];
        }

        var cosine = dot / Math.Sqrt(foundSquares * expectedSquares);
        var length = Math.Sqrt(foundSquares / expectedSquares);
        // Not a number passes no comparison.
        if (!(cosine >= LeastCosine) || !(Math.Abs(length - 1) <= LengthTolerance))
        {
            throw new ModelException(string.Create(CultureInfo.InvariantCulture,
                $"{path}: {name}: found outputs of cosine {cosine:0.00000} and length {length:0.000} x to the stored ones, allowed at least {LeastCosine} and 1 +- {LengthTolerance}: this runtime or device computes the model wrongly"));
        }

        Cosine = Math.Min(Cosine, cosine);
    }
}
