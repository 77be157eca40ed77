using Edge.Cameras;
using Edge.Hil.Scenes;
using Edge.Robots;

namespace Edge.Hil.Plant;

/// <summary>Where a pinhole camera of the rig is and where it looks. World = base frame.</summary>
public sealed class CameraPose
{
    private readonly CameraPlace _place;
    private readonly double _fovYRad;

    /// <summary>A camera at a point (metres) that looks at another, image up away from the ground.</summary>
    public CameraPose(double[] positionM, double[] lookAtM, double fovYRad)
        : this(CameraPlace.At(new(positionM), new(lookAtM)), fovYRad)
    {
    }

    private CameraPose(in CameraPlace place, double fovYRad) => (_place, _fovYRad) = (place, fovYRad);

    /// <summary>The robot's camera, off its calibration by as much as the scene says.</summary>
    public static CameraPose Of(CameraDescription camera, SceneLook look)
    {
        ArgumentNullException.ThrowIfNull(camera);
        ArgumentNullException.ThrowIfNull(look);
        return new(CameraPlace.At(new(camera.PositionM), new(camera.LookAtM)).Moved(new(look.CameraShiftM), new(look.CameraTurnRad)), camera.FovYRad);
    }

    internal unsafe Interop.Camera ToNative()
    {
        var camera = new Interop.Camera { FovYRad = _fovYRad };
        for (var i = 0; i < 3; i++)
        {
            camera.PositionM[i] = _place.Position[i];
            camera.Forward[i] = _place.Forward[i];
            camera.Up[i] = -_place.Down[i];
        }

        return camera;
    }
}
