using Edge.Api;
using Edge.Cameras;
using Edge.Control;

namespace Edge.Policy;

/// <summary>
/// From observations to the network's inputs. The same code makes the training data and runs on the robot, so the two cannot drift apart.
/// </summary>
/// <remarks>
/// State: <see cref="StateFeatures"/> values an observation, oldest first. Image: red, green, blue and a heat map, cut around the projected target with a
/// constant side in metres, so that another camera resolution or distance changes sharpness only. Not thread-safe; allocates nothing after construction.
/// </remarks>
public sealed class ObservationEncoder
{
    /// <summary>Version of everything below; a package made for another one is refused.</summary>
    public const string Version = "crop48-state36-1";

    /// <summary>Places of the one-hot call, more than there are calls, so that a new call does not change the network's shape.</summary>
    public const int CallSlots = 16;

    /// <summary>Values of the robot alone: the tool's place (3) and the sine and cosine of its yaw, what the cup feels (3), what it felt since the subtask began (<see cref="FeltFeatures"/>).</summary>
    public const int BodyFeatures = 8 + FeltFeatures;

    /// <summary>The last values of the body: held at the start; sealed, pressed and released since. 1 or -1.</summary>
    public const int FeltFeatures = 4;

    /// <summary>Values an observation contributes to the state.</summary>
    public const int StateFeatures = 8 + BodyFeatures + CallSlots;

    /// <summary>Width and height of the image, pixels.</summary>
    public const int ImageSizePx = 48;

    /// <summary>Channels of the image: red, green, blue, heat map.</summary>
    public const int ImageChannels = 4;

    /// <summary>Side of the cut at the target, metres: an object of 5 cm with as much around it on every side as the target may be off.</summary>
    public const double CropSideM = 0.11;

    /// <summary>Height of the cut's centre above the table, metres: about half an object's height, since the camera looks from the side.</summary>
    public const double CropCentreZM = 0.02;

    /// <summary>Spread of the heat map around the projected target, metres.</summary>
    public const double HeatmapSigmaM = 0.01;

    // Coarse and fine distances: 30 cm spans the table, 3 cm is where millimetres count.
    private const double CoarseScaleM = 0.3;
    private const double FineScaleM = 0.03;

    // Middle and half extents of the tool's ordinary box.
    private static readonly ToolPose WorkspaceCentre = new(0.4, 0, 0.16, 0);
    private static readonly ToolPose WorkspaceScale = new(0.2, 0.25, 0.16, 1);

    private readonly CameraModel _camera;
    private readonly byte[] _bytes = new byte[ImageSizePx * ImageSizePx * ImageChannels];
    private readonly byte[] _rgb = new byte[ImageSizePx * ImageSizePx * 3];

    /// <summary>Takes the calibration of the camera whose frames the observations carry.</summary>
    public ObservationEncoder(CameraModel camera)
    {
        ArgumentNullException.ThrowIfNull(camera);
        if (RobotApi.Calls.Count > CallSlots)
            throw new InvalidOperationException($"The robot API has {RobotApi.Calls.Count} calls; the policy's conditioning has room for {CallSlots}.");
        _camera = camera;
    }

    /// <summary>Writes the state of all observations, <see cref="StateFeatures"/> values each; <paramref name="target"/> is the subtask's, or a training sample's noisy one.</summary>
    public static void EncodeState(ReadOnlySpan<Observation> history, int function, in ToolPose target, Span<float> state)
    {
        for (var i = 0; i < history.Length; i++)
            EncodeState(history[i], function, target, state.Slice(i * StateFeatures, StateFeatures));
    }

    /// <summary>Writes what an observation tells of the robot alone, <see cref="BodyFeatures"/> values.</summary>
    public static void EncodeBody(Observation observation, Span<float> body)
    {
        ArgumentNullException.ThrowIfNull(observation);
        ref readonly var robot = ref observation.Robot;
        var tool = robot.CommandedTool;
        body[0] = (float)((tool.X - WorkspaceCentre.X) / WorkspaceScale.X);
        body[1] = (float)((tool.Y - WorkspaceCentre.Y) / WorkspaceScale.Y);
        body[2] = (float)((tool.Z - WorkspaceCentre.Z) / WorkspaceScale.Z);
        body[3] = (float)Math.Sin(tool.Yaw);
        body[4] = (float)Math.Cos(tool.Yaw);
        body[5] = Flag(robot.Sealed);
        body[6] = Flag(robot.Pressed);
        body[7] = Flag(robot.SuctionOn);
        body[8] = Flag(observation.HeldAtStart);
        body[9] = Flag(observation.SealedSinceStart);
        body[10] = Flag(observation.PressedSinceStart);
        body[11] = Flag(observation.ReleasedSinceStart);
    }

    /// <summary>Writes one frame's network input: [<see cref="ImageChannels"/>, size, size], 0..1.</summary>
    public void EncodeImage(CameraFrame frame, in ToolPose target, Span<float> image)
    {
        const int plane = ImageSizePx * ImageSizePx;
        EncodeBytes(frame, target, _bytes);
        for (var channel = 0; channel < ImageChannels; channel++)
        {
            var values = image.Slice(channel * plane, plane);
            for (var i = 0; i < plane; i++)
                values[i] = _bytes[(i * ImageChannels) + channel] * (1f / 255);
        }
    }

    /// <summary>The same as bytes, [size, size, <see cref="ImageChannels"/>], 0..255: what training data stores.</summary>
    public void EncodeBytes(CameraFrame frame, in ToolPose target, Span<byte> image)
    {
        var (u, v, pixelsPerMetre) = _camera.Project(target.X, target.Y, CropCentreZM);
        var (targetU, targetV, _) = _camera.Project(target.X, target.Y, 0);
        var sidePx = CropSideM * pixelsPerMetre;
        ImageCrop.Resample(frame, u, v, sidePx, ImageSizePx, _rgb);
        var scale = ImageSizePx / sidePx;
        const double middle = (ImageSizePx / 2.0) - 0.5;
        Heatmap(middle + ((targetU - u) * scale), middle + ((targetV - v) * scale), HeatmapSigmaM / CropSideM * ImageSizePx, image);
        for (var i = 0; i < ImageSizePx * ImageSizePx; i++)
            _rgb.AsSpan(i * 3, 3).CopyTo(image[(i * ImageChannels)..]);
    }

    /// <summary>A bell of height 255 in the last channel.</summary>
    private static void Heatmap(double column, double row, double sigma, Span<byte> image)
    {
        Span<float> across = stackalloc float[ImageSizePx];
        for (var j = 0; j < ImageSizePx; j++)
            across[j] = Bell(j - column, sigma);
        for (var i = 0; i < ImageSizePx; i++)
        {
            var height = 255 * Bell(i - row, sigma);
            for (var j = 0; j < ImageSizePx; j++)
                image[(((i * ImageSizePx) + j) * ImageChannels) + ImageChannels - 1] = (byte)((height * across[j]) + 0.5f);
        }
    }

    private static float Bell(double distance, double sigma) => (float)Math.Exp(-0.5 * distance * distance / (sigma * sigma));

    private static void EncodeState(Observation observation, int function, in ToolPose target, Span<float> state)
    {
        var tool = observation.Robot.CommandedTool;
        double dx = target.X - tool.X, dy = target.Y - tool.Y, dz = target.Z - tool.Z;
        var yawError = target.Yaw - tool.Yaw;
        state[0] = (float)(dx / CoarseScaleM);
        state[1] = (float)(dy / CoarseScaleM);
        state[2] = (float)(dz / CoarseScaleM);
        state[3] = Fine(dx);
        state[4] = Fine(dy);
        state[5] = Fine(dz);
        Span<float> body = stackalloc float[BodyFeatures];
        EncodeBody(observation, body);
        body[..3].CopyTo(state[6..]); // the tool's place stands before the yaw's error
        state[9] = (float)Math.Sin(yawError);
        state[10] = (float)Math.Cos(yawError);
        body[3..].CopyTo(state[11..]);
        var call = state.Slice(20, CallSlots);
        call.Clear();
        call[function] = 1;
    }

    private static float Fine(double distanceM) => (float)Math.Clamp(distanceM / FineScaleM, -1, 1);

    private static float Flag(bool value) => value ? 1 : -1;
}
