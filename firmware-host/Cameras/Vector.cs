namespace Edge.Cameras;

/// <summary>A vector of the base frame. (System.Numerics has single precision only: too coarse for a tenth of a pixel.)</summary>
internal readonly record struct Vector(double X, double Y, double Z)
{
    public Vector(ReadOnlySpan<double> values)
        : this(values[0], values[1], values[2])
    {
    }

    public double this[int axis] => axis switch { 0 => X, 1 => Y, _ => Z };

    public double Length => Math.Sqrt(Dot(this));

    public static Vector operator +(Vector a, Vector b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    public static Vector operator -(Vector a, Vector b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    public static Vector operator *(double factor, Vector a) => new(factor * a.X, factor * a.Y, factor * a.Z);

    public double Dot(Vector other) => (X * other.X) + (Y * other.Y) + (Z * other.Z);

    public Vector Cross(Vector other) => new((Y * other.Z) - (Z * other.Y), (Z * other.X) - (X * other.Z), (X * other.Y) - (Y * other.X));

    public Vector Normalised() => 1 / Length * this;

    /// <summary>Turned by a rotation vector, rad (Rodrigues).</summary>
    public Vector Turned(Vector turn)
    {
        var angle = turn.Length;
        if (angle < 1e-12)
            return this;
        var axis = 1 / angle * turn;
        return (Math.Cos(angle) * this) + (Math.Sin(angle) * axis.Cross(this)) + (axis.Dot(this) * (1 - Math.Cos(angle)) * axis);
    }
}

/// <summary>Where a camera is (metres) and how it is turned: right, down and forward in the picture.</summary>
internal readonly record struct CameraPlace(Vector Position, Vector Right, Vector Down, Vector Forward)
{
    /// <summary>A camera at one point that looks at another, image up away from the ground.</summary>
    public static CameraPlace At(Vector position, Vector lookAt)
    {
        var forward = (lookAt - position).Normalised();
        var right = forward.Cross(new(0, 0, 1)).Normalised();
        return new(position, right, forward.Cross(right), forward);
    }

    /// <summary>The same camera elsewhere: shifted (metres) and turned by a rotation vector (rad).</summary>
    public CameraPlace Moved(Vector shift, Vector turn) => new(Position + shift, Right.Turned(turn), Down.Turned(turn), Forward.Turned(turn));

    /// <summary>A point of the base frame as the camera has it: to the right, down, and away from it.</summary>
    public Vector Seen(Vector point)
    {
        var from = point - Position;
        return new(Right.Dot(from), Down.Dot(from), Forward.Dot(from));
    }
}
