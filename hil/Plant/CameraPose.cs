using Edge.Hil.Scenes;
using Edge.Robots;

namespace Edge.Hil.Plant;

/// <summary>Where a pinhole camera is and where it looks: the same axes as <see cref="Cameras.CameraModel"/> makes from the calibration. World = base frame.</summary>
public sealed class CameraPose
{
    private readonly double[] _position;
    private readonly double[] _forward;
    private readonly double[] _up;
    private readonly double _fovYRad;

    /// <summary>A camera at a point (metres) that looks at another, image up away from the ground.</summary>
    public CameraPose(double[] positionM, double[] lookAtM, double fovYRad)
    {
        ArgumentNullException.ThrowIfNull(positionM);
        ArgumentNullException.ThrowIfNull(lookAtM);
        _position = positionM;
        _forward = Normalise([lookAtM[0] - positionM[0], lookAtM[1] - positionM[1], lookAtM[2] - positionM[2]]);
        var right = Normalise(Cross(_forward, [0, 0, 1]));
        _up = Cross(right, _forward);
        _fovYRad = fovYRad;
    }

    private CameraPose(double[] position, double[] forward, double[] up, double fovYRad)
    {
        _position = position;
        _forward = forward;
        _up = up;
        _fovYRad = fovYRad;
    }

    /// <summary>The robot's camera, off its calibration by as much as the scene says.</summary>
    public static CameraPose Of(CameraDescription camera, SceneLook look)
    {
        ArgumentNullException.ThrowIfNull(camera);
        ArgumentNullException.ThrowIfNull(look);
        var pose = new CameraPose(camera.PositionM, camera.LookAtM, camera.FovYRad);
        double[] shift = look.CameraShiftM;
        return new CameraPose(
            [pose._position[0] + shift[0], pose._position[1] + shift[1], pose._position[2] + shift[2]],
            Rotate(look.CameraTurnRad, pose._forward), Rotate(look.CameraTurnRad, pose._up), pose._fovYRad);
    }

    internal unsafe Interop.Camera ToNative()
    {
        var camera = new Interop.Camera { FovYRad = _fovYRad };
        for (var i = 0; i < 3; i++)
        {
            camera.PositionM[i] = _position[i];
            camera.Forward[i] = _forward[i];
            camera.Up[i] = _up[i];
        }

        return camera;
    }

    /// <summary>Turns a vector by a rotation vector (Rodrigues).</summary>
    private static double[] Rotate(double[] turn, double[] v)
    {
        var angle = Math.Sqrt((turn[0] * turn[0]) + (turn[1] * turn[1]) + (turn[2] * turn[2]));
        if (angle < 1e-12)
            return v;
        double[] axis = [turn[0] / angle, turn[1] / angle, turn[2] / angle];
        var cross = Cross(axis, v);
        var along = ((axis[0] * v[0]) + (axis[1] * v[1]) + (axis[2] * v[2])) * (1 - Math.Cos(angle));
        var result = new double[3];
        for (var i = 0; i < 3; i++)
            result[i] = (v[i] * Math.Cos(angle)) + (cross[i] * Math.Sin(angle)) + (axis[i] * along);
        return result;
    }

    private static double[] Cross(double[] a, double[] b) =>
        [(a[1] * b[2]) - (a[2] * b[1]), (a[2] * b[0]) - (a[0] * b[2]), (a[0] * b[1]) - (a[1] * b[0])];

    private static double[] Normalise(double[] a)
    {
        var n = Math.Sqrt((a[0] * a[0]) + (a[1] * a[1]) + (a[2] * a[2]));
        return [a[0] / n, a[1] / n, a[2] / n];
    }
}
