namespace Edge.Numerics;

/// <summary>Small linear systems, without allocation.</summary>
public static class Cholesky
{
    /// <summary>Solves a x = b for a symmetric, positive definite a, of which the lower triangle is read and overwritten; x replaces b.</summary>
    /// <param name="a">[n, n], rows one after the other.</param>
    /// <param name="b">[n].</param>
    public static void Solve(Span<double> a, Span<double> b)
    {
        var n = b.Length;
        for (var r = 0; r < n; r++)
        {
            for (var c = 0; c <= r; c++)
            {
                var sum = a[(r * n) + c];
                for (var k = 0; k < c; k++)
                    sum -= a[(r * n) + k] * a[(c * n) + k];
                a[(r * n) + c] = r == c ? Math.Sqrt(Math.Max(sum, 1e-30)) : sum / a[(c * n) + c];
            }
        }

        for (var r = 0; r < n; r++)
        {
            for (var k = 0; k < r; k++)
                b[r] -= a[(r * n) + k] * b[k];
            b[r] /= a[(r * n) + r];
        }

        for (var r = n - 1; r >= 0; r--)
        {
            for (var k = r + 1; k < n; k++)
                b[r] -= a[(k * n) + r] * b[k];
            b[r] /= a[(r * n) + r];
        }
    }
}
