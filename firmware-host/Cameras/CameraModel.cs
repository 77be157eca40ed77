using Edge.Robots;

namespace Edge.Cameras;

/// <summary>Pinhole geometry of a fixed camera: from the base frame to the picture and back to the table.</summary>
public sealed class CameraModel
{
    private readonly double[] _position;
    private readonly double[] _right;
    private readonly double[] _down;
    private readonly double[] _forward;
    private readonly double _focalPx;

    /// <summary>Takes the calibration from the robot file.</summary>
    public CameraModel(CameraDescription camera)
    {
        ArgumentNullException.ThrowIfNull(camera);
        WidthPx = camera.WidthPx;
        HeightPx = camera.HeightPx;
        _position = camera.PositionM;
        _forward = Normalise(Subtract(camera.LookAtM, camera.PositionM));
        _right = Normalise(Cross(_forward, [0, 0, 1]));
        _down = Cross(_forward, _right);
        _focalPx = HeightPx / 2.0 / Math.Tan(camera.FovYRad / 2);
    }

    /// <summary>Width, pixels.</summary>
    public int WidthPx { get; }

    /// <summary>Height, pixels.</summary>
    public int HeightPx { get; }

    /// <summary>Projects a point of the base frame (metres); (u, v) in pixels from the upper left corner, scale in pixels per metre there.</summary>
    public (double U, double V, double PixelsPerMetre) Project(double x, double y, double z)
    {
        double dx = x - _position[0], dy = y - _position[1], dz = z - _position[2];
        var depth = Math.Max(1e-6, (dx * _forward[0]) + (dy * _forward[1]) + (dz * _forward[2]));
        var u = (dx * _right[0]) + (dy * _right[1]) + (dz * _right[2]);
        var v = (dx * _down[0]) + (dy * _down[1]) + (dz * _down[2]);
        return ((WidthPx / 2.0) + (_focalPx * u / depth), (HeightPx / 2.0) + (_focalPx * v / depth), _focalPx / depth);
    }

    /// <summary>The point of the plane z = <paramref name="planeZ"/> (metres, base frame) that is seen at (u, v); false when the ray does not meet it.</summary>
    public bool TryUnproject(double u, double v, double planeZ, out double x, out double y)
    {
        double a = (u - (WidthPx / 2.0)) / _focalPx, b = (v - (HeightPx / 2.0)) / _focalPx;
        var dx = _forward[0] + (a * _right[0]) + (b * _down[0]);
        var dy = _forward[1] + (a * _right[1]) + (b * _down[1]);
        var dz = _forward[2] + (a * _right[2]) + (b * _down[2]);
        var t = (planeZ - _position[2]) / dz;
        x = _position[0] + (t * dx);
        y = _position[1] + (t * dy);
        return double.IsFinite(t) && t > 0;
    }

    private static double[] Subtract(double[] a, double[] b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

    private static double[] Cross(double[] a, double[] b) =>
        [(a[1] * b[2]) - (a[2] * b[1]), (a[2] * b[0]) - (a[0] * b[2]), (a[0] * b[1]) - (a[1] * b[0])];

    private static double[] Normalise(double[] a)
    {
        var n = Math.Sqrt((a[0] * a[0]) + (a[1] * a[1]) + (a[2] * a[2]));
        return [a[0] / n, a[1] / n, a[2] / n];
    }
}
