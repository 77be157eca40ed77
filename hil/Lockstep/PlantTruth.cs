using Edge.Hil.Oracle;
using Edge.Hil.Plant;

namespace Edge.Hil.Lockstep;

/// <summary>The plant's ground truth as the expert wants it: objects first, then areas.</summary>
public sealed class PlantTruth(Func<MuJoCoPlant> present) : IPlantTruth
{
    private MuJoCoPlant Plant => present();

    /// <inheritdoc/>
    public int ThingCount => Plant.Scene.Objects.Count + Plant.Scene.Areas.Count;

    /// <inheritdoc/>
    public int HeldThing => Plant.Held;

    /// <inheritdoc/>
    public double HeldDepthM => Plant.Held < 0 ? 0 : Plant.Tool.Z - Plant.ReadObject(Plant.Held).ClearanceM;

    /// <inheritdoc/>
    public ThingTruth Thing(int index)
    {
        var objects = Plant.Scene.Objects;
        if (index >= objects.Count)
        {
            var area = Plant.Scene.Areas[index - objects.Count];
            return new ThingTruth(area.X, area.Y, 0, area.SideM / 2, IsObject: false);
        }

        var thing = objects[index];
        var state = Plant.ReadObject(index);
        return new ThingTruth(state.X, state.Y, state.ClearanceM + thing.HeightM, thing.WidthM / 2, IsObject: true);
    }
}
