/* A box falls on a plane, is welded and unwelded, and is seen. Exits with 1 and a sentence at the first thing that is wrong. */
#include "edgeplant.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CHECK(condition)                                                              \
    do {                                                                              \
        if (!(condition)) {                                                           \
            fprintf(stderr, "line %d: %s (%s)\n", __LINE__, #condition, edgeplant_error()); \
            return 1;                                                                 \
        }                                                                             \
    } while (0)

static const char *model =
    "<mujoco><size njmax='200' nconmax='50' nstack='200000'/><option timestep='0.001'/><visual><global offwidth='64' offheight='64'/></visual><worldbody>"
    "<light pos='0 0 2' dir='0 0 -1'/><geom type='plane' size='1 1 .1' rgba='0 0 1 1'/>"
    "<body name='post' pos='0 0 0.3' euler='0 0 40'><joint name='lift' type='slide' axis='0 0 1' damping='1'/><geom type='sphere' size='.01' rgba='0 0 0 0' mass='1' contype='0' conaffinity='0'/></body>"
    "<body name='box' pos='0 0 0.021' euler='0 0 -25'><freejoint/><geom name='box' type='box' size='.02 .02 .02' mass='0.1' rgba='1 0 0 1'/></body>"
    "</worldbody><equality><weld name='grip' body1='post' body2='box' active='false' solref='0.004 1'/></equality></mujoco>";

int main(void) {
    CHECK(edgeplant_create("<mujoco><nonsense/></mujoco>", 28) == NULL && strlen(edgeplant_error()) > 0);

    edgeplant *plant = edgeplant_create(model, (int)strlen(model));
    CHECK(plant);
    int count, qpos, dof, post = edgeplant_find(plant, EDGEPLANT_JOINT, "lift"), grip = edgeplant_find(plant, EDGEPLANT_EQUALITY, "grip");
    CHECK(post >= 0 && grip >= 0 && edgeplant_find(plant, EDGEPLANT_BODY, "no such") == -1);
    edgeplant_joint_address(plant, post, &qpos, &dof);
    double *force = edgeplant_array(plant, EDGEPLANT_APPLIED_FORCE, &count);
    CHECK(count == 7);

    /* The free fall settles, carried by contacts that add up to the weight, upwards. */
    force[dof] = 9.81;
    CHECK(edgeplant_step(plant, 500) == 0);
    edgeplant_contact contacts[8];
    int contact_count = edgeplant_contacts(plant, contacts, 8);
    double up = 0;
    for (int i = 0; i < contact_count; i++) up += contacts[i].force_n[2] * (contacts[i].body2 != 0 ? 1 : -1);
    CHECK(fabs(up - 0.981) < 0.02);

    /* Lifted by the weld, whose pull is the box's weight, upwards, once it hangs still. */
    edgeplant_weld(plant, grip, 1);
    force[dof] = 9.81 * 1.1 + 0.2;
    CHECK(edgeplant_step(plant, 1000) == 0);
    force[dof] = 9.81 * 1.1;
    CHECK(edgeplant_step(plant, 10000) == 0);
    double pull[3], torque[3];
    edgeplant_weld_load(plant, grip, pull, torque);
    CHECK(fabs(pull[2] - 0.981) < 0.02 && fabs(torque[0]) < 0.01);
    int box = edgeplant_find(plant, EDGEPLANT_BODY, "box");
    CHECK(edgeplant_array(plant, EDGEPLANT_BODY_POSITION, &count)[3 * box + 2] > 0.05);

    /* A torque from outside is borne by the weld, however post and box are turned. */
    double *outside = edgeplant_array(plant, EDGEPLANT_BODY_FORCE, &count);
    outside[6 * box + 3] = 0.03;
    outside[6 * box + 5] = -0.05;
    CHECK(edgeplant_step(plant, 3000) == 0);
    edgeplant_weld_load(plant, grip, pull, torque);
    CHECK(fabs(torque[0] + 0.03) < 0.001 && fabs(torque[1]) < 0.001 && fabs(torque[2] - 0.05) < 0.001);

    edgeplant_renderer *renderer = edgeplant_renderer_create(plant, 64, 64, 0, 512);
    CHECK(renderer);
    edgeplant_camera camera = {{0, 0, 1.5}, {0, 0, -1}, {0, 1, 0}, 0.2};
    unsigned char bgr[64 * 64 * 3];
    CHECK(edgeplant_render(renderer, edgeplant_array(plant, EDGEPLANT_QPOS, &count), &camera, 64, 64, 1, bgr) == 0);
    const unsigned char *middle = bgr + (32 * 64 + 32) * 3;
    CHECK(middle[2] > middle[0] + 100);
    CHECK(bgr[0] > bgr[2] + 100);
    CHECK(edgeplant_render(renderer, edgeplant_array(plant, EDGEPLANT_QPOS, &count), &camera, 65, 64, 1, bgr) == -1);
    edgeplant_renderer_destroy(renderer);
    edgeplant_destroy(plant);
    puts("edgeplant: ok");
    return 0;
}
