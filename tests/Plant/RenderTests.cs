using Edge.Cameras;
using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Robots;
using Xunit;

namespace Edge.Tests.Plant;

public sealed class RenderTests
{
    private static readonly RobotDescription Robot = TestRobot.Load();

    [Theory]
    [InlineData(0.43, 0.0)]
    [InlineData(0.30, -0.25)]
    [InlineData(0.30, 0.25)]
    [InlineData(0.56, -0.25)]
    [InlineData(0.56, 0.25)]
    public void AMarkerIsSeenWhereTheCameraModelProjectsIt(double x, double y)
    {
        using var plant = new MuJoCoPlant(Robot, MarkerAt(x, y, SceneLook.Plain));
        var camera = new CameraModel(Robot.Cameras[0]);
        var (u, v) = CentroidOfMarker(plant, camera);
        var (expectedU, expectedV, _) = camera.Project(x, y, 0);
        Assert.Equal(expectedU, u, 0.7); // without smoothing, an edge is where a whole pixel begins
        Assert.Equal(expectedV, v, 0.7);
        Assert.True(camera.TryUnproject(u, v, 0, out var seenX, out var seenY));
        Assert.Equal(x, seenX, 1.5e-3);
        Assert.Equal(y, seenY, 1.5e-3);
    }

    [Fact]
    public void AMisplacedCameraSeesTheMarkerElsewhereByAsMuch()
    {
        // 0.01 rad about the base's z: the picture of a far point turns about the camera.
        var look = SceneLook.Plain with { CameraTurnRad = [0, 0, 0.01] };
        using var plant = new MuJoCoPlant(Robot, MarkerAt(0.42, 0, look));
        var camera = new CameraModel(Robot.Cameras[0]);
        var (u, _) = CentroidOfMarker(plant, camera);
        var (straight, _, pixelsPerMetre) = camera.Project(0.42, 0, 0);
        var shift = 0.01 * (0.98 - 0.42) * pixelsPerMetre;
        Assert.Equal(shift, Math.Abs(u - straight), 0.4);
    }

    [Fact]
    public void ARendererOfItsOwnThreadDrawsTheSamePicture()
    {
        using var plant = new MuJoCoPlant(Robot, SceneSampler.Draw(new SceneRandom(11), 3, 2));
        var here = new CameraFrame(160, 120);
        plant.Render("front", here);
        var pose = new double[plant.PoseSize];
        plant.CopyPose(pose);
        var there = new CameraFrame(160, 120);
        var thread = new Thread(() =>
        {
            using var renderer = plant.CreateRenderer(160, 120);
            renderer.Render(pose, plant.Camera("front"), 160, 120, there.Bgr);
        });
        thread.Start();
        thread.Join();
        Assert.Equal(here.Bgr, there.Bgr);
    }

    [Fact]
    public void AnUnknownCameraIsNamedWithThoseThereAre()
    {
        using var plant = new MuJoCoPlant(Robot, MarkerAt(0.4, 0, SceneLook.Plain));
        var error = Assert.Throws<ArgumentException>(() => plant.Camera("back"));
        Assert.Contains("\"back\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("front, viewer", error.Message, StringComparison.Ordinal);
    }

    private static Scene MarkerAt(double x, double y, SceneLook look) =>
        new() { Objects = [], Areas = [new SceneArea(ThingColour.Purple, 0.03, x, y, new Rgb(1, 0, 1))], Look = look };

    /// <summary>Mean of the magenta pixels' middles, weighted by how magenta they are.</summary>
    private static (double U, double V) CentroidOfMarker(MuJoCoPlant plant, CameraModel camera)
    {
        var frame = new CameraFrame(camera.WidthPx, camera.HeightPx);
        plant.Render("front", frame);
        double sum = 0, u = 0, v = 0;
        for (var i = 0; i < frame.WidthPx * frame.HeightPx; i++)
        {
            double weight = Math.Min(frame.Bgr[3 * i], frame.Bgr[(3 * i) + 2]) - frame.Bgr[(3 * i) + 1];
            if (weight < 60)
                continue;
            sum += weight;
            u += weight * ((i % frame.WidthPx) + 0.5);
            v += weight * ((i / frame.WidthPx) + 0.5);
        }

        Assert.True(sum > 0, "no marker in the picture");
        return (u / sum, v / sum);
    }
}
