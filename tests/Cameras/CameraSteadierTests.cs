using Xunit;
using Edge.Cameras;
using Edge.Hil.Evaluation;
using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Robots;
using Edge.Tests.Motion;

namespace Edge.Tests.Cameras;

/// <summary>A camera that was moved: what it sees is put back to where the calibrated one would have seen it, by the rings on the rig's table.</summary>
public sealed class CameraSteadierTests
{
    private static readonly CameraDescription Camera = ReferenceArm.Robot.PlannerCamera;
    private readonly CameraModel _model = new(Camera);
    private readonly TableMarks _marks = new(Camera.Marks!, new CameraModel(Camera));
    private readonly CameraSteadier _steadier = new(Camera);
    private readonly CameraFrame _steady = new(Camera.WidthPx, Camera.HeightPx);

    [Fact]
    public void MarksAreFoundWhereTheyAre()
    {
        var found = new (double U, double V)[_marks.Count];
        Assert.Equal(_marks.Count, _marks.Find(Picture(SceneLook.Plain), found));
        Assert.True(LargestError(found) < 0.3, $"{LargestError(found)} pixels");
    }

    [Theory]
    [InlineData(0.02, 0, 0, 0, 0, 0)]
    [InlineData(0, -0.02, 0, 0, 0, 0)]
    [InlineData(0, 0, 0.02, 0, 0, 0)]
    [InlineData(0, 0, 0, 2, 0, 0)]
    [InlineData(0, 0, 0, 0, -2, 0)]
    [InlineData(0, 0, 0, 0, 0, 2)]
    [InlineData(-0.012, 0.012, -0.011, 1.2, 1.1, -1.2)]
    public void WhatWasMovedIsPutBack(double x, double y, double z, double turnXDeg, double turnYDeg, double turnZDeg)
    {
        const double Deg = Math.PI / 180;
        var moved = Picture(SceneLook.Plain with { CameraShiftM = [x, y, z], CameraTurnRad = [turnXDeg * Deg, turnYDeg * Deg, turnZDeg * Deg] });
        Assert.True(_steadier.Look(moved));
        Assert.True(_steadier.OffM > 0.005, $"{_steadier.OffM} m");
        _steadier.Steady(moved, _steady);
        var found = new (double U, double V)[_marks.Count];
        Assert.True(_marks.Find(_steady, found) >= 4);
        Assert.True(LargestError(found) < 0.6, $"{LargestError(found)} pixels"); // 1.3 mm
    }

    [Fact]
    public void HalfTheLightAndThingsInTheWayDoNotMatter()
    {
        var disturbed = new Disturber(Disturbance.Camera, 7).Disturb(SceneSampler.Draw(new SceneRandom(5), 5, 3));
        Assert.True(_steadier.Look(Picture(disturbed.Look with { Key = 0.2, Ambient = 0.2, Fill = 0.1 }, disturbed)));
    }

    [Fact]
    public void WithoutMarksThePictureStaysAsItIs()
    {
        var blank = new CameraSteadier(Camera with { Marks = null });
        var frame = Picture(SceneLook.Plain with { CameraShiftM = [0.02, 0, 0] });
        Assert.False(blank.Look(frame));
        blank.Steady(frame, _steady);
        Assert.Equal(frame.Bgr, _steady.Bgr);
        Assert.Equal(frame.Sequence, _steady.Sequence);
        Array.Clear(frame.Bgr);
        Assert.False(_steadier.Look(frame)); // nothing to be seen
        Assert.Equal(0, _steadier.OffM);
    }

    [Fact]
    public void LookingAllocatesNothing()
    {
        var frame = Picture(SceneLook.Plain with { CameraShiftM = [0.02, 0, 0] });
        _steadier.Look(frame);
        Assert.Equal(0, Allocations.Of(() =>
        {
            _steadier.Look(frame);
            _steadier.Steady(frame, _steady);
        }));
    }

    private static CameraFrame Picture(SceneLook look, Scene? scene = null)
    {
        using var plant = new MuJoCoPlant(ReferenceArm.Robot, (scene ?? new Scene { Objects = [], Areas = [] }) with { Look = look });
        plant.SetJoints(ReferenceArm.Robot.HomeRad);
        var frame = new CameraFrame(Camera.WidthPx, Camera.HeightPx);
        plant.Render(Camera.Name, frame);
        return frame;
    }

    private double LargestError(IReadOnlyList<(double U, double V)> found)
    {
        var largest = 0.0;
        for (var i = 0; i < found.Count; i++)
        {
            var (u, v, _) = _model.Project(Camera.Marks!.XM[i], Camera.Marks.YM[i], 0);
            if (!double.IsNaN(found[i].U))
                largest = Math.Max(largest, Math.Sqrt(((u - found[i].U) * (u - found[i].U)) + ((v - found[i].V) * (v - found[i].V))));
        }

        return largest;
    }
}
