using Edge.Robots;

namespace Edge.Cameras;

/// <summary>
/// Finds the rings painted on the table in a picture. Each is looked for around the place where the calibrated camera would see it, with the ring as that camera
/// would see it as the template (normalised cross-correlation, so light and colour do not matter). Allocates only when made. Single-threaded.
/// </summary>
public sealed class TableMarks
{
    /// <summary>Radii of a ring, metres.</summary>
    public const double OuterRadiusM = 0.014, InnerRadiusM = 0.006;

    /// <summary>How far away from its calibrated place a ring is found, pixels: a camera moved by 2 cm and turned by 2 degrees, at 450 pixels a metre.</summary>
    private const int SearchPx = 34;

    private const int MarginPx = 2, SamplesPerPx = 4;
    private const double LeastCorrelation = 0.75;

    private readonly MarksDescription _marks;
    private readonly (double U, double V)[] _places;
    private readonly float[][] _templates; // of sum 0 and norm 1
    private readonly (int Width, int Height)[] _sizes;
    private readonly byte[] _grey;
    private readonly float[] _scores = new float[((2 * SearchPx) + 1) * ((2 * SearchPx) + 1)];
    private readonly int _width, _height;

    /// <summary>Makes the templates.</summary>
    public TableMarks(MarksDescription marks, CameraModel camera)
    {
        ArgumentNullException.ThrowIfNull(marks);
        ArgumentNullException.ThrowIfNull(camera);
        (_marks, _width, _height) = (marks, camera.WidthPx, camera.HeightPx);
        _grey = new byte[_width * _height];
        _places = new (double, double)[Count];
        _templates = new float[Count][];
        _sizes = new (int, int)[Count];
        for (var i = 0; i < Count; i++)
            (_places[i], _sizes[i], _templates[i]) = Template(camera, marks.XM[i], marks.YM[i]);
    }

    /// <summary>How many there are.</summary>
    public int Count => _marks.XM.Length;

    internal Vector PlaceOf(int mark) => new(_marks.XM[mark], _marks.YM[mark], 0);

    /// <summary>Looks for all of them; (u, v) in pixels, or NaN where one is hidden or outside the picture. Returns how many were found.</summary>
    public int Find(CameraFrame frame, Span<(double U, double V)> found)
    {
        ArgumentNullException.ThrowIfNull(frame);
        for (var i = 0; i < _grey.Length; i++)
            _grey[i] = (byte)((frame.Bgr[3 * i] + (2 * frame.Bgr[(3 * i) + 1]) + frame.Bgr[(3 * i) + 2]) / 4);
        var count = 0;
        for (var i = 0; i < Count; i++)
        {
            found[i] = Find(i);
            count += double.IsNaN(found[i].U) ? 0 : 1;
        }

        return count;
    }

    private static ((double U, double V) Place, (int Width, int Height) Size, float[] Values) Template(CameraModel camera, double x, double y)
    {
        var (u, v, _) = camera.Project(x, y, 0);
        // How the picture moves with the point, and the way back: a ring is seen as an ellipse.
        const double StepM = 0.001;
        var (ux, vx, _) = camera.Project(x + StepM, y, 0);
        var (uy, vy, _) = camera.Project(x, y + StepM, 0);
        double a = (ux - u) / StepM, b = (uy - u) / StepM, c = (vx - v) / StepM, d = (vy - v) / StepM, det = (a * d) - (b * c);
        var halfWidth = (int)Math.Ceiling(OuterRadiusM * Math.Sqrt((a * a) + (b * b))) + MarginPx;
        var halfHeight = (int)Math.Ceiling(OuterRadiusM * Math.Sqrt((c * c) + (d * d))) + MarginPx;
        var (width, height) = ((2 * halfWidth) + 1, (2 * halfHeight) + 1);
        var values = new float[width * height];
        for (var i = 0; i < height * SamplesPerPx; i++)
        {
            for (var j = 0; j < width * SamplesPerPx; j++)
            {
                double du = ((j + 0.5) / SamplesPerPx) - (width / 2.0), dv = ((i + 0.5) / SamplesPerPx) - (height / 2.0);
                var radius = Math.Sqrt(Square(((d * du) - (b * dv)) / det) + Square(((a * dv) - (c * du)) / det));
                values[(i / SamplesPerPx * width) + (j / SamplesPerPx)] -= radius is > InnerRadiusM and < OuterRadiusM ? 1 : 0;
            }
        }

        var mean = values.Average();
        var norm = Math.Sqrt(values.Sum(value => Square(value - mean)));
        return ((u, v), (width, height), [.. values.Select(value => (float)((value - mean) / norm))]);
    }

    private (double U, double V) Find(int mark)
    {
        var (width, height) = _sizes[mark];
        const int Side = (2 * SearchPx) + 1;
        // The template's middle pixel covers the place looked at.
        int left = (int)_places[mark].U - (width / 2) - SearchPx, top = (int)_places[mark].V - (height / 2) - SearchPx;
        var (best, bestScore) = (-1, (float)LeastCorrelation);
        for (var i = 0; i < Side; i++)
        {
            for (var j = 0; j < Side; j++)
            {
                var score = _scores[(i * Side) + j] = Correlation(_templates[mark], left + j, top + i, width, height);
                if (score > bestScore)
                    (best, bestScore) = ((i * Side) + j, score);
            }
        }

        if (best < 0 || best / Side is 0 or Side - 1 || best % Side is 0 or Side - 1)
            return (double.NaN, double.NaN);
        return (left + (best % Side) + Peak(best, 1) + (width / 2.0), top + (best / Side) + Peak(best, Side) + (height / 2.0));
    }

    /// <summary>Where between pixels the parabola through three neighbours has its top, -0.5 to 0.5.</summary>
    private double Peak(int at, int step)
    {
        double before = _scores[at - step], here = _scores[at], after = _scores[at + step];
        var bend = before - (2 * here) + after;
        return bend < 0 ? Math.Clamp(0.5 * (before - after) / bend, -0.5, 0.5) : 0;
    }

    private float Correlation(float[] template, int left, int top, int width, int height)
    {
        if (left < 0 || top < 0 || left + width > _width || top + height > _height)
            return -1;
        float sum = 0, squares = 0, product = 0;
        for (var i = 0; i < height; i++)
        {
            var row = _grey.AsSpan(((top + i) * _width) + left, width);
            var pattern = template.AsSpan(i * width, width);
            for (var j = 0; j < row.Length; j++)
            {
                float value = row[j];
                sum += value;
                squares += value * value;
                product += value * pattern[j];
            }
        }

        var spread = squares - (sum * sum / (width * height));
        return spread > width * height ? product / MathF.Sqrt(spread) : 0; // a plain surface is no mark
    }

    private static double Square(double value) => value * value;
}
