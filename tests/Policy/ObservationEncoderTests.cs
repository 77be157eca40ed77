using Edge.Api;
using Edge.Cameras;
using Edge.Control;
using Edge.Policy;
using Xunit;

namespace Edge.Tests.Policy;

public sealed class ObservationEncoderTests
{
    private const int Size = ObservationEncoder.ImageSizePx;
    private static readonly ToolPose Target = new(0.42, 0.05, 0, 0.3);

    [Fact]
    public void StateSaysWhereTheTargetIsAndWhatTheCupFeels()
    {
        var observation = new Observation(4, 4) { HeldAtStart = true, PressedSinceStart = true };
        observation.Robot.CommandedTool = new ToolPose(0.30, 0.06, 0.02, 0.1);
        observation.Robot.SuctionOn = true;
        observation.Robot.Sealed = true;
        var state = new float[ObservationEncoder.StateFeatures];
        ObservationEncoder.EncodeState([observation], RobotApi.IndexOf("place"), Target, state);
        float[] expected =
        [
            0.4f, -0.01f / 0.3f, -0.02f / 0.3f, // coarse
            1, -1f / 3, -2f / 3, // fine, clipped
            -0.5f, 0.24f, -0.875f, // tool in its box
            MathF.Sin(0.2f), MathF.Cos(0.2f), MathF.Sin(0.1f), MathF.Cos(0.1f),
            1, -1, 1, 1, -1, 1, -1,
        ];
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], state[i], 1e-5f);
        var call = state.AsSpan(expected.Length);
        Assert.Equal(ObservationEncoder.CallSlots, call.Length);
        for (var i = 0; i < call.Length; i++)
            Assert.Equal(i == RobotApi.IndexOf("place") ? 1 : 0, call[i]);
    }

    [Fact]
    public void HistoryIsWrittenOldestFirst()
    {
        Observation[] history = [new(4, 4), new(4, 4)];
        history[0].Robot.CommandedTool = new ToolPose(0.36, 0, 0, 0);
        history[1].Robot.CommandedTool = new ToolPose(0.39, 0, 0, 0);
        var state = new float[2 * ObservationEncoder.StateFeatures];
        ObservationEncoder.EncodeState(history, 0, Target, state);
        Assert.Equal(0.2f, state[0], 1e-5f);
        Assert.Equal(0.1f, state[ObservationEncoder.StateFeatures], 1e-5f);
    }

    /// <summary>A mark on the table shows at the same place of the cut, whatever the camera's resolution and wherever the target is.</summary>
    [Theory]
    [InlineData(320, 240, 0.42, 0.05)]
    [InlineData(640, 480, 0.42, 0.05)]
    [InlineData(1280, 960, 0.33, -0.2)]
    [InlineData(160, 120, 0.5, 0.2)]
    public void CutIsMetric(int widthPx, int heightPx, double x, double y)
    {
        var camera = new CameraModel(PolicyChainTests.Camera with { WidthPx = widthPx, HeightPx = heightPx });
        var frame = new CameraFrame(widthPx, heightPx);
        // A green mark 2 cm to the robot's left of the target, 8 mm wide.
        for (var row = 0; row < heightPx; row++)
        {
            for (var column = 0; column < widthPx; column++)
            {
                if (camera.TryUnproject(column + 0.5, row + 0.5, 0, out var px, out var py) && Math.Abs(px - x) < 0.004 && Math.Abs(py - y - 0.02) < 0.004)
                    frame.Bgr[(((row * widthPx) + column) * 3) + 1] = 255;
            }
        }

        var image = new float[ObservationEncoder.ImageChannels * Size * Size];
        new ObservationEncoder(camera).EncodeImage(frame, new ToolPose(x, y, 0, 0), image);
        var (markColumn, markRow, mass) = Centre(image.AsSpan(Size * Size, Size * Size));
        var (targetColumn, targetRow, _) = Centre(image.AsSpan(3 * Size * Size, Size * Size));
        Assert.True(mass > 0);
        Assert.Equal(0, image.AsSpan(0, Size * Size).ToArray().Sum());
        // The camera faces the robot: the robot's left is the picture's right.
        Assert.Equal(0.02 / ObservationEncoder.CropSideM * Size, markColumn - targetColumn, 1.0);
        Assert.Equal(targetRow, markRow, 1.2);
        Assert.Equal((Size - 1) / 2.0, targetColumn, 2.5);
    }

    [Fact]
    public void CutBeyondThePictureRepeatsItsEdge()
    {
        var frame = new CameraFrame(8, 8);
        Array.Fill(frame.Bgr, (byte)200);
        var rgb = new byte[6 * 6 * 3];
        ImageCrop.Resample(frame, -3, 30, 6, 6, rgb);
        Assert.All(rgb, value => Assert.Equal(200, value));
    }

    [Fact]
    public void CutOfWholePixelsCopiesThem()
    {
        var frame = new CameraFrame(10, 10);
        new Random(1).NextBytes(frame.Bgr);
        var rgb = new byte[4 * 4 * 3];
        ImageCrop.Resample(frame, 5, 6, 4, 4, rgb);
        for (var row = 0; row < 4; row++)
        {
            for (var column = 0; column < 4; column++)
            {
                for (var channel = 0; channel < 3; channel++)
                    Assert.Equal(frame.Bgr[((((row + 4) * 10) + column + 3) * 3) + 2 - channel], rgb[(((row * 4) + column) * 3) + channel]);
            }
        }
    }

    [Fact]
    public void BytesOfTrainingAreTheNumbersOfTheRobot()
    {
        var encoder = new ObservationEncoder(new CameraModel(PolicyChainTests.Camera));
        var frame = new CameraFrame(320, 240);
        new Random(2).NextBytes(frame.Bgr);
        var bytes = new byte[Size * Size * ObservationEncoder.ImageChannels];
        var image = new float[bytes.Length];
        encoder.EncodeBytes(frame, Target, bytes);
        encoder.EncodeImage(frame, Target, image);
        for (var i = 0; i < Size * Size; i++)
        {
            for (var channel = 0; channel < ObservationEncoder.ImageChannels; channel++)
                Assert.Equal(bytes[(i * ObservationEncoder.ImageChannels) + channel] / 255f, image[(channel * Size * Size) + i], 1e-6f);
        }
    }

    [Fact]
    public void ActionsComeBackAsTheyWentIn()
    {
        var random = new Random(4);
        ToolPose anchor = new(0.4, 0.1, 0.2, 3.1), from = anchor;
        var poses = new ToolPose[16];
        var values = new float[16 * ActionSpace.Channels];
        for (var k = 0; k < poses.Length; k++)
        {
            double Step(double most) => ((random.NextDouble() * 2) - 1) * most;
            poses[k] = new ToolPose(from.X + Step(0.03), from.Y + Step(0.03), from.Z + Step(0.03), from.Yaw + Step(0.2));
            ActionSpace.Encode(from, poses[k], k % 3 == 0, 0.25, values.AsSpan(k * ActionSpace.Channels, ActionSpace.Channels));
            from = poses[k];
        }

        var chunk = new ActionChunk();
        Assert.True(ActionSpace.Decode(values, anchor, chunk, out var progress));
        Assert.Equal(0.25f, progress, 1e-5f);
        for (var k = 0; k < poses.Length; k++)
        {
            Assert.Equal(poses[k].X, chunk.Poses[k].X, 1e-6);
            Assert.Equal(poses[k].Z, chunk.Poses[k].Z, 1e-6);
            Assert.Equal(poses[k].Yaw, chunk.Poses[k].Yaw, 1e-5);
            Assert.Equal(k % 3 == 0, chunk.Suction[k]);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void ActionsThatAreNoNumbersMakeNoChunk(float bad)
    {
        var values = new float[16 * ActionSpace.Channels];
        values[50] = bad;
        var chunk = new ActionChunk { Steps = 3 };
        Assert.False(ActionSpace.Decode(values, default, chunk, out _));
        Assert.Equal(0, chunk.Steps);
    }

    [Fact]
    public void WildActionsAreBounded()
    {
        var values = new float[ActionSpace.Channels];
        values[0] = 1000;
        var chunk = new ActionChunk();
        Assert.True(ActionSpace.Decode(values, default, chunk, out _));
        Assert.InRange(chunk.Poses[0].X, 0, 0.0601);
    }

    private static (double Column, double Row, double Mass) Centre(ReadOnlySpan<float> plane)
    {
        double mass = 0, columns = 0, rows = 0;
        for (var i = 0; i < plane.Length; i++)
        {
            mass += plane[i];
            columns += plane[i] * (i % Size);
            rows += plane[i] * (i / Size);
        }

        return (columns / mass, rows / mass, mass);
    }
}
