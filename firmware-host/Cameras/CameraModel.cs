using Edge.Robots;

namespace Edge.Cameras;

/// <summary>Pinhole geometry of a fixed camera: from the base frame to the picture and back to the table.</summary>
public sealed class CameraModel
{
    /// <summary>Takes the calibration from the robot file.</summary>
    public CameraModel(CameraDescription camera)
    {
        ArgumentNullException.ThrowIfNull(camera);
        WidthPx = camera.WidthPx;
        HeightPx = camera.HeightPx;
        Place = CameraPlace.At(new(camera.PositionM), new(camera.LookAtM));
        FocalPx = HeightPx / 2.0 / Math.Tan(camera.FovYRad / 2);
    }

    /// <summary>Width, pixels.</summary>
    public int WidthPx { get; }

    /// <summary>Height, pixels.</summary>
    public int HeightPx { get; }

    internal double FocalPx { get; }

    internal CameraPlace Place { get; }

    /// <summary>Projects a point of the base frame (metres); (u, v) in pixels from the upper left corner, scale in pixels per metre there.</summary>
    public (double U, double V, double PixelsPerMetre) Project(double x, double y, double z) => Project(Place, new(x, y, z));

    /// <summary>The point of the plane z = <paramref name="planeZ"/> (metres, base frame) that is seen at (u, v); false when the ray does not meet it.</summary>
    public bool TryUnproject(double u, double v, double planeZ, out double x, out double y)
    {
        var ray = Place.Forward + ((u - (WidthPx / 2.0)) / FocalPx * Place.Right) + ((v - (HeightPx / 2.0)) / FocalPx * Place.Down);
        var t = (planeZ - Place.Position.Z) / ray.Z;
        (x, y, _) = Place.Position + (t * ray);
        return double.IsFinite(t) && t > 0;
    }

    /// <summary>The same for this camera elsewhere.</summary>
    internal (double U, double V, double PixelsPerMetre) Project(in CameraPlace place, Vector point)
    {
        var (right, down, away) = place.Seen(point);
        var depth = Math.Max(1e-6, away);
        return ((WidthPx / 2.0) + (FocalPx * right / depth), (HeightPx / 2.0) + (FocalPx * down / depth), FocalPx / depth);
    }

    /// <summary>How the table is seen: rows first, the matrix that takes (x, y, 1) of the plane z = 0 (metres) to (u, v, 1) times the depth.</summary>
    internal void TableMatrix(in CameraPlace place, Span<double> matrix)
    {
        for (var column = 0; column < 3; column++)
        {
            // Along x, along y, and where the base frame's origin is.
            var (right, down, away) = column < 2
                ? new Vector(place.Right[column], place.Down[column], place.Forward[column])
                : place.Seen(default);
            matrix[column] = (WidthPx / 2.0 * away) + (FocalPx * right);
            matrix[3 + column] = (HeightPx / 2.0 * away) + (FocalPx * down);
            matrix[6 + column] = away;
        }
    }
}
