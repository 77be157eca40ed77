using Edge.Cameras;
using Edge.Robots;
using Xunit;

namespace Edge.Tests.Cameras;

/// <summary>The pinhole model against values worked out by hand, and against itself.</summary>
public sealed class CameraModelTests
{
    private static readonly CameraDescription Front = RobotFile.Load(Path.Combine(AppContext.BaseDirectory, "robots", "xarm6-damiao.json")).Cameras[0];

    [Fact]
    public void Straight_ahead_is_the_middle_and_the_scale_is_focal_length_over_distance()
    {
        // 2 m along -x, 90 degrees high, 200 pixels: focal length 100 pixels, so 50 pixels a metre.
        var camera = new CameraModel(new("test", "", 400, 200, Math.PI / 2, [2, 0, 1], [0, 0, 1], 1));
        AssertPixel((200, 100, 50), camera.Project(0, 0, 1));

        // Looking along -x, +y is to the right and +z is up.
        AssertPixel((225, 100, 50), camera.Project(0, 0.5, 1));
        AssertPixel((200, 75, 50), camera.Project(0, 0, 1.5));
        AssertPixel((200, 0, 100), camera.Project(1, 0, 2));
    }

    [Fact]
    public void What_is_projected_is_found_again_on_its_plane()
    {
        var camera = new CameraModel(Front);
        var random = new Random(6);
        for (var trial = 0; trial < 1000; trial++)
        {
            double x = 0.3 + (0.26 * random.NextDouble()), y = -0.25 + (0.5 * random.NextDouble()), z = 0.2 * random.NextDouble();
            var (u, v, _) = camera.Project(x, y, z);
            Assert.True(camera.TryUnproject(u, v, z, out var backX, out var backY));
            Assert.Equal(x, backX, 1e-9);
            Assert.Equal(y, backY, 1e-9);
        }
    }

    [Fact]
    public void The_reference_camera_sees_the_whole_place_of_objects()
    {
        var camera = new CameraModel(Front);
        foreach (var x in new[] { 0.3, 0.56 })
        {
            foreach (var y in new[] { -0.25, 0.25 })
            {
                var (u, v, _) = camera.Project(x, y, 0);
                Assert.InRange(u, 0, Front.WidthPx);
                Assert.InRange(v, 0, Front.HeightPx);
            }
        }
    }

    [Fact]
    public void The_scale_is_that_of_a_small_displacement_across_the_view()
    {
        var camera = new CameraModel(Front);
        var (u0, v0, scale) = camera.Project(0.42, 0.0, 0);
        var (u1, v1, _) = camera.Project(0.42, 0.001, 0);
        Assert.Equal(scale * 0.001, Math.Sqrt(((u1 - u0) * (u1 - u0)) + ((v1 - v0) * (v1 - v0))), 1e-4);
    }

    [Fact]
    public void A_ray_that_does_not_meet_the_plane_is_refused()
    {
        var camera = new CameraModel(new("test", "", 400, 200, Math.PI / 2, [2, 0, 1], [0, 0, 1], 1));
        Assert.False(camera.TryUnproject(200, 50, 0, out _, out _)); // upwards
        Assert.False(camera.TryUnproject(200, 100, 0, out _, out _)); // level
        Assert.True(camera.TryUnproject(200, 150, 0, out var x, out _));
        Assert.Equal(0, x, 1e-9);
    }

    private static void AssertPixel((double U, double V, double Scale) expected, (double U, double V, double PixelsPerMetre) actual)
    {
        Assert.Equal(expected.U, actual.U, 1e-9);
        Assert.Equal(expected.V, actual.V, 1e-9);
        Assert.Equal(expected.Scale, actual.PixelsPerMetre, 1e-9);
    }
}
